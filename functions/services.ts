import type { DurableClient } from 'durable-functions';
import type { ActivityServices } from '../orchestrations/activities/activityServices.ts';
import type { Authentication } from '../shared/config/config.ts';
import { parseConfig } from '../shared/config/parseConfig.ts';
import { CallBudget } from '../shared/graph/callBudget.ts';
import { createCredential } from '../shared/graph/createCredential.ts';
import { createJobClient } from '../shared/graph/createJobClient.ts';
import { createSharePointClient } from '../shared/graph/createSharePointClient.ts';
import type { MessageSettings } from '../shared/intake/acceptMessage.ts';
import type { IntakeServices } from '../shared/intake/acceptRequest.ts';
import { auditedStores } from '../shared/storage/auditedStores.ts';
import { createStores } from '../shared/storage/createStores.ts';
import { startMigration } from './startMigration.ts';

/** Everything the functions work with, made once from the environment. */
export interface Services extends ActivityServices {
  readonly authentication: Authentication;
  readonly allowedTenants: readonly string[];
  readonly maxRequestBytes: number;
  /** What the intake needs, starting orchestrations by this invocation's client. */
  readonly intake: (client: DurableClient) => IntakeServices & MessageSettings;
}

/** Parses the environment and makes the clients; throws a ConfigError that lists every wrong setting. */
export function createServices(environment: Readonly<Record<string, string | undefined>>): Services {
  const config = parseConfig(environment);
  const stores = auditedStores(createStores(config.storage));
  const { batchSize, maxParallelBatches, maxQueuedMoves, maxRequestBytes } = config.limits;
  const targetCredential = createCredential(config.target);
  const nowMs = (): number => Date.now();
  const budget = new CallBudget(nowMs);
  return {
    stores,
    jobs: createJobClient({ config, credential: targetCredential, budget }),
    ...(config.source === undefined ? {} : { sharePoint: createSharePointClient({ config, sourceCredential: createCredential(config.source), targetCredential, targetBudget: budget }) }),
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
