import type { DurableClient } from 'durable-functions';
import type { ActivityServices } from '../orchestrations/activities/activityServices.ts';
import { ConfigError } from '../shared/config/configError.ts';
import type { StorageConnection } from '../shared/config/config.ts';
import { parseConfig } from '../shared/config/parseConfig.ts';
import { CallBudget } from '../shared/graph/callBudget.ts';
import { createCredential } from '../shared/graph/createCredential.ts';
import { createJobClient } from '../shared/graph/createJobClient.ts';
import { createSharePointClient } from '../shared/graph/createSharePointClient.ts';
import type { MessageSettings } from '../shared/intake/acceptMessage.ts';
import type { IntakeServices } from '../shared/intake/acceptRequest.ts';
import { auditedStores } from '../shared/storage/auditedStores.ts';
import { createStores } from '../shared/storage/createStores.ts';
import type { Stores } from '../shared/storage/stores.ts';
import type { Access } from './guard.ts';
import { startMigration } from './startMigration.ts';

/** Everything the functions work with, made once from the environment. */
export interface Services extends ActivityServices, Access {
  readonly maxRequestBytes: number;
  /** What the intake needs, starting orchestrations by this invocation's client. */
  readonly intake: (client: DurableClient) => IntakeServices & MessageSettings;
}

function openStores(connection: StorageConnection): Stores {
  try {
    return createStores(connection);
  } catch {
    // Without the clients' own words, which may hold the key of the account.
    if (connection.kind === 'identity')
      throw new ConfigError([
        {
          setting: 'AzureWebJobsStorage__tableServiceUri',
          message: 'or another service address cannot be used',
        },
      ]);
    throw new ConfigError([
      {
        setting: 'AzureWebJobsStorage',
        message:
          'must be the connection string of a storage account, with blob, queue and table endpoints',
      },
    ]);
  }
}

/** Parses the environment and makes the clients; throws a ConfigError that lists every wrong setting. */
function makeServices(environment: Readonly<Record<string, string | undefined>>): Services {
  const config = parseConfig(environment);
  const stores = auditedStores(openStores(config.storage));
  const { batchSize, maxParallelBatches, maxQueuedMoves, maxRequestBytes } = config.limits;
  const targetCredential = createCredential(config.target);
  const nowMs = (): number => Date.now();
  const budget = new CallBudget(nowMs);
  return {
    stores,
    jobs: createJobClient({ config, credential: targetCredential, budget }),
    ...(config.source === undefined
      ? {}
      : {
          sharePoint: createSharePointClient({
            config,
            sourceCredential: createCredential(config.source),
            targetCredential,
            targetBudget: budget,
          }),
        }),
    maxQueuedMoves,
    maxParallelBatches,
    userTaskWrites: config.userTaskWrites,
    // Activities write into the log of their invocation.
    warn: () => undefined,
    authentication: config.authentication,
    allowedTenants: config.allowedTenants,
    maxRequestBytes,
    nowMs,
    intake: (client) => ({
      stores,
      nowMs,
      batchSize,
      maxRequestBytes,
      isSignInOn: config.authentication === 'entra',
      targetTenantId: config.target.tenantId,
      ...(config.source === undefined ? {} : { sourceTenantId: config.source.tenantId }),
      start: (migrationId) => startMigration(client, migrationId),
    }),
  };
}

/**
 * Everything the functions work with, or what stands in for it where the environment is wrong: `misconfigured` has the problems then, and nothing else of it
 * is used. A start that throws would leave an app without functions, whose routes answer 404.
 */
export function createServices(
  environment: Readonly<Record<string, string | undefined>>,
): Services {
  try {
    return makeServices(environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // Only with a setting that can be trusted is a route open to callers without a key.
    const isTrusted = !error.problems.some(
      ({ setting }) => setting === 'AUTHENTICATION' || setting.startsWith('WEBSITE_AUTH'),
    );
    const authentication =
      isTrusted && environment['AUTHENTICATION'] === 'entra' ? 'entra' : 'functionKey';
    return { ...makeServices(unused), authentication, misconfigured: error.problems };
  }
}

// Settings with which the clients can be made; none of them is ever asked for anything.
const unused = {
  TARGET_TENANT_ID: '00000000-0000-0000-0000-000000000000',
  AzureWebJobsStorage: 'UseDevelopmentStorage=true',
};
