import { QueueClient } from '@azure/storage-queue';

/** Receives until `count` messages have been handed over: 32 at a time, one after the other, deleted when handled. */
export async function receiveLoop(
  connectionString: string,
  queueName: string,
  count: number,
  handle: (text: string) => Promise<void>,
): Promise<void> {
  const queue = new QueueClient(connectionString, queueName);
  let handled = 0;
  while (handled < count) {
    const { receivedMessageItems } = await queue.receiveMessages({
      numberOfMessages: 32,
      visibilityTimeout: 600,
    });
    for (const { messageText, messageId, popReceipt } of receivedMessageItems) {
      await handle(Buffer.from(messageText, 'base64').toString('utf8'));
      await queue.deleteMessage(messageId, popReceipt);
      handled += 1;
    }
  }
}
