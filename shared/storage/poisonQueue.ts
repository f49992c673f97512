import { type QueueClient, RestError } from '@azure/storage-queue';
import { timeLimit } from './storageLimits.ts';
import type { PoisonQueue } from './stores.ts';

const hiddenSeconds = 300;
const mostAtOnce = 32;

/** The queue of messages that the host has given up. A queue that is missing is an empty one. */
export function poisonQueue(queue: QueueClient): PoisonQueue {
  return {
    async receive() {
      try {
        const { receivedMessageItems } = await queue.receiveMessages({
          numberOfMessages: mostAtOnce,
          visibilityTimeout: hiddenSeconds,
          abortSignal: timeLimit(),
        });
        return receivedMessageItems.map(({ messageId, popReceipt, messageText }) => ({
          messageId,
          popReceipt,
          text: messageText,
        }));
      } catch (error) {
        if (error instanceof RestError && error.statusCode === 404) return [];
        throw error;
      }
    },
    async delete({ messageId, popReceipt }) {
      try {
        await queue.deleteMessage(messageId, popReceipt, { abortSignal: timeLimit() });
      } catch (error) {
        // Another reader has it by now, and records the same.
        if (
          !(error instanceof RestError) ||
          (error.statusCode !== 404 && error.code !== 'PopReceiptMismatch')
        )
          throw error;
      }
    },
  };
}
