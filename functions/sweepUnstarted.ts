import * as df from 'durable-functions';
import { sweep } from '../shared/intake/sweep.ts';
import type { Services } from './services.ts';
import { startMigration } from './startMigration.ts';

/** Every five minutes: starts what a crash has left between accepting and starting. */
export function registerSweepUnstarted({ stores, nowMs }: Services): void {
  df.app.client.timer('sweepUnstarted', {
    schedule: '0 */5 * * * *',
    handler: async (_timer, client, context) => {
      const started = await sweep({
        stores,
        nowMs,
        start: (migrationId) => startMigration(client, migrationId),
        startRound: (migrationId, commandId) => startMigration(client, migrationId, commandId),
      });
      if (started > 0) context.warn(`the sweep started ${String(started)} that had been accepted and not started`);
    },
  });
}
