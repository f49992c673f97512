import { setTimeout as sleep } from 'node:timers/promises';
import type { DurableClient } from 'durable-functions';
import type { ActivityServices } from '../orchestrations/activityServices.ts';
import { orchestrators } from '../orchestrations/names.ts';
import { ConfigError, type StorageConnection } from '../shared/config/config.ts';
import { parseConfig } from '../shared/config/parseConfig.ts';
import type { MigrationInput } from '../shared/contracts/internal/orchestrations.ts';
import { runInstanceId } from '../shared/domain/ids.ts';
import { CallBudget } from '../shared/graph/callBudget.ts';
import { createCredential } from '../shared/graph/credentials.ts';
import { createJobClient } from '../shared/graph/jobClient.ts';
import { createSharePointClient } from '../shared/graph/sharePointClient.ts';
import type { IntakeServices } from '../shared/intake/acceptRequest.ts';
import type { MessageSettings } from '../shared/intake/messages.ts';
import type { InstanceState } from '../shared/intake/sweep.ts';
import { auditedStores } from '../shared/storage/auditEntries.ts';
import { createStores } from '../shared/storage/azureStores.ts';
import { StorageUnavailableError, withTimeout } from '../shared/storage/limits.ts';
import type { Stores } from '../shared/storage/stores.ts';
import type { Access } from './http/route.ts';

// Less than a caller waits. A start that takes effect later does no harm: the next one is refused.
const startTimeoutMs = 6_000;
const statusTimeoutMs = 2_000;

/**
 * Starts the orchestration of a migration, or of a round that a command adds to it; the instance id is derived. `resumes`: another one has begun its
 * batches and has stopped. Durable refuses a second start while
 * the first one runs: that refusal is what we want, anything else is thrown as a StorageUnavailableError.
 */
export async function startMigration(
  client: DurableClient,
  migrationId: string,
  runCommandId: string | null = null,
  resumes = false,
): Promise<void> {
  const input: MigrationInput = { migrationId, runCommandId, resumes };
  const instanceId = runCommandId === null ? migrationId : runInstanceId(migrationId, runCommandId);
  try {
    await withTimeout(
      startTimeoutMs,
      client.startNew(orchestrators.migration, { instanceId, input }),
    );
  } catch (refusal) {
    // Another start of the same instance, which may be under way still: its status cannot be asked for yet.
    if (
      refusal instanceof Error &&
      /instance with the status \w+ already exists/i.test(refusal.message)
    )
      return;
    try {
      await withTimeout(statusTimeoutMs, client.getStatus(instanceId));
    } catch {
      throw new StorageUnavailableError('the orchestration could not be started', {
        cause: refusal,
      });
    }
  }
}

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
    return { ...makeServices(placeholderSettings), authentication, misconfigured: error.problems };
  }
}

// Settings with which the clients can be made; none of them is ever asked for anything.
const placeholderSettings = {
  TARGET_TENANT_ID: '00000000-0000-0000-0000-000000000000',
  AzureWebJobsStorage: 'UseDevelopmentStorage=true',
};

const endStates: readonly string[] = ['Completed', 'Failed', 'Terminated', 'Canceled'];

/** Whether an orchestration runs, has ended, or is not there. Throws when Durable does not say. */
export async function statusOf(client: DurableClient, instanceId: string): Promise<InstanceState> {
  try {
    const { runtimeStatus } = await client.getStatus(instanceId, { showInput: false });
    return endStates.includes(runtimeStatus) ? 'ended' : 'alive';
  } catch (error) {
    // The library has no other sign for it.
    if (error instanceof Error && /replied with HTTP 404\b/.test(error.message)) return 'missing';
    throw error;
  }
}

const prepareRetryMs = 10_000;

/**
 * Creates the tables, containers and queues that are missing. Never rejects: a start hook that does leaves an app without functions. While storage is out of reach
 * they are tried again in the background; until they are there every route that needs them answers 503.
 * @param log where the failure and its end are told, once each
 */
export async function prepareStorage(
  { prepare }: Pick<Stores, 'prepare'>,
  log: (text: string) => void = (text) => console.error(text),
  pauseMs = prepareRetryMs,
): Promise<void> {
  try {
    await prepare();
  } catch (error) {
    log(
      `the tables, containers and queues cannot be created yet; this is tried again every ${String(pauseMs / 1_000)} s: ${error instanceof Error ? error.message : String(error)}`,
    );
    void prepareUntilDone(prepare, log, pauseMs);
  }
}

async function prepareUntilDone(
  prepare: Stores['prepare'],
  log: (text: string) => void,
  pauseMs: number,
): Promise<void> {
  for (;;) {
    // It must not keep alive what is to end.
    await sleep(pauseMs, undefined, { ref: false });
    try {
      await prepare();
      log('the tables, containers and queues are there');
      return;
    } catch {
      // Told once.
    }
  }
}
