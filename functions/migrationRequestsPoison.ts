import { app } from '@azure/functions';
import { recordPoison } from '../shared/intake/recordPoison.ts';
import type { Services } from './services.ts';

/** Every quarter of an hour: puts the messages of the queue `migration-requests-poison`, which failed again and again, on record as rejected. */
export function registerMigrationRequestsPoison(services: Services): void {
  app.timer('migrationRequestsPoison', {
    schedule: '0 */15 * * * *',
    handler: async (_timer, context) => {
      const ids = await recordPoison(services);
      for (const id of ids)
        context.error(`a message landed in the poison queue and is on record as rejection ${id}`);
    },
  });
}
