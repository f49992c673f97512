import * as df from 'durable-functions';
import { acceptMessage } from '../shared/intake/acceptMessage.ts';
import { queueMessage } from './queueMessage.ts';
import type { Services } from './services.ts';

// `dataType` belongs to every binding, and the types of the library leave it out.
const trigger = {
  queueName: 'migration-requests',
  connection: 'AzureWebJobsStorage',
  dataType: 'binary',
};

/** The queue `migration-requests`: takes the same requests as `POST /migrations`. */
export function registerMigrationRequests(services: Services): void {
  df.app.client.storageQueue('migrationRequests', {
    ...trigger,
    handler: async (entry: unknown, client, context) => {
      const outcome = await acceptMessage({ text: queueMessage(entry) }, services.intake(client));
      if (outcome.kind === 'accepted')
        context.info(`a message is migration ${outcome.migrationId}`);
      else context.warn(`message ${outcome.rejection.id} was rejected: ${outcome.rejection.code}`);
    },
  });
}
