import type { DurableClient } from 'durable-functions';
import type { ActivityServices } from '../orchestrations/activities/activityServices.ts';
import { parseConfig } from '../shared/config/parseConfig.ts';
import { createCredential } from '../shared/graph/createCredential.ts';
import { createJobClient } from '../shared/graph/createJobClient.ts';
import type { IntakeServices } from '../shared/intake/acceptRequest.ts';
import { createStores } from '../shared/storage/createStores.ts';
import { startMigration } from './startMigration.ts';

/** Everything the functions work with, made once from the environment. */
export interface Services extends ActivityServices {
  readonly maxRequestBytes: number;
  /** What the intake needs, starting orchestrations by this invocation's client. */
  readonly intake: (client: DurableClient) => IntakeServices & { readonly maxRequestBytes: number };
}

/** Parses the environment and makes the clients; throws a ConfigError that lists every wrong setting. */
export function createServices(environment: Readonly<Record<string, string | undefined>>): Services {
  const config = parseConfig(environment);
  const stores = createStores(config.storage);
  const { batchSize, maxParallelBatches, maxRequestBytes } = config.limits;
  const nowMs = (): number => Date.now();
  return {
    stores,
    jobs: createJobClient({ config, credential: createCredential(config.target) }),
    maxParallelBatches,
    maxRequestBytes,
    nowMs,
    intake: (client) => ({
      stores,
      nowMs,
      batchSize,
      maxRequestBytes,
      targetTenantId: config.target.tenantId,
      start: (migrationId) => startMigration(client, migrationId),
    }),
  };
}
