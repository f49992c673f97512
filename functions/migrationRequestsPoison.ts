import { app } from '@azure/functions';
import { recordRejection } from '../shared/intake/acceptMessage.ts';
import { queueMessage } from './queueMessage.ts';
import type { Services } from './services.ts';

/** The queue `migration-requests-poison`: messages that failed again and again are put on record as well. */
export function registerMigrationRequestsPoison({ stores, nowMs }: Services): void {
  app.storageQueue('migrationRequestsPoison', {
    queueName: 'migration-requests-poison',
    connection: 'AzureWebJobsStorage',
    handler: async (entry: unknown, context) => {
      const { id, text } = queueMessage(entry, context);
      const detail = 'the message failed at every delivery; the log has the reasons; send it again when they are solved';
      await recordRejection({ source: 'poison', id, code: 'processingFailed', detail, errors: [], text }, { stores, nowMs });
      context.error(`message ${id} landed in the poison queue and is on record as rejected`);
    },
  });
}
