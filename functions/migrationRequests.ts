import * as df from 'durable-functions';
import { acceptMessage } from '../shared/intake/acceptMessage.ts';
import { queueMessage } from './queueMessage.ts';
import type { Services } from './services.ts';

/** The queue `migration-requests`: takes the same requests as `POST /migrations`. */
export function registerMigrationRequests(services: Services): void {
  df.app.client.storageQueue('migrationRequests', {
    queueName: 'migration-requests',
    connection: 'AzureWebJobsStorage',
    handler: async (entry: unknown, client, context) => {
      const message = queueMessage(entry, context);
      const outcome = await acceptMessage(message, services.intake(client));
      if (outcome.kind === 'accepted') context.info(`message ${message.id} is migration ${outcome.migrationId}`);
      else context.warn(`message ${message.id} was rejected: ${outcome.rejection.code}`);
    },
  });
}
