import { QueueClient } from '@azure/storage-queue';
import { type OutcomeMessage, outcomeMessageSchema } from '../../shared/contracts/outcomeEvent.ts';

/** Takes everything out of the queue `migration-outcomes`; each message must be a CloudEvent of the contract. */
export async function takeOutcomeMessages(connectionString: string): Promise<OutcomeMessage[]> {
  const queue = new QueueClient(connectionString, 'migration-outcomes');
  const events: OutcomeMessage[] = [];
  for (;;) {
    const { receivedMessageItems } = await queue.receiveMessages({
      numberOfMessages: 32,
      visibilityTimeout: 300,
    });
    if (receivedMessageItems.length === 0) return events;
    for (const { messageText, messageId, popReceipt } of receivedMessageItems) {
      events.push(
        outcomeMessageSchema.parse(JSON.parse(Buffer.from(messageText, 'base64').toString('utf8'))),
      );
      await queue.deleteMessage(messageId, popReceipt);
    }
  }
}
