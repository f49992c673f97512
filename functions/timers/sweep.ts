import * as df from 'durable-functions';
import { sweep } from '../../shared/intake/sweep.ts';
import { type Services, startMigration, statusOf } from '../services.ts';

/** Every five minutes: starts what a crash has left between accepting and starting, and what has stopped since. */
export function registerSweepUnstarted({ stores, nowMs }: Services): void {
  df.app.client.timer('sweepUnstarted', {
    schedule: '0 */5 * * * *',
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
        context.warn(`the sweep started ${String(started)} that had been accepted and not started`);
      if (resumed > 0)
        context.warn(
          `the sweep started ${String(resumed)} again whose orchestration had stopped before the end`,
        );
    },
  });
}
