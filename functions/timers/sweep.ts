import * as df from 'durable-functions';
import { sweep } from '../../orchestrations/sweep.ts';
import { sweepPolicy } from '../../shared/domain/policies.ts';
import { type Services, startMigration, statusOf } from '../services.ts';

/**
 * Registers a timer that runs every 5 minutes: it starts accepted migrations that a crash left
 * unstarted, and restarts orchestrations that stopped.
 */
export function registerSweep({ stores, nowMs }: Services): void {
  df.app.client.timer('sweep', {
    schedule: sweepPolicy.schedule,
    handler: async (_timer, client, context) => {
      const { started, resumed } = await sweep({
        stores,
        nowMs,
        start: (migrationId) => startMigration(client, migrationId),
        startRun: (migrationId, commandId) => startMigration(client, migrationId, commandId),
        resume: (migrationId, runCommandId) =>
          startMigration(client, migrationId, runCommandId, true),
        statusOf: (instanceId) => statusOf(client, instanceId),
      });
      if (started > 0)
        context.warn(
          `the sweep started ${String(started)} orchestrations that were accepted but never started`,
        );
      if (resumed > 0)
        context.warn(
          `the sweep restarted ${String(resumed)} orchestrations that stopped before the end`,
        );
    },
  });
}
