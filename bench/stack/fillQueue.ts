import { QueueClient } from '@azure/storage-queue';

const parallel = 16;
// The first send takes longer than the others; a thousand take a few seconds.
const perSecond = 100;

/**
 * Puts messages into a queue so that all of them can be seen from the same second on; returns that instant in epoch
 * milliseconds. Nothing that reads the queue has begun while it is filled.
 */
export async function fillQueue(
  connectionString: string,
  queueName: string,
  texts: readonly string[],
): Promise<number> {
  const queue = new QueueClient(connectionString, queueName);
  await queue.createIfNotExists();
  // Visibility is counted in whole seconds from the send.
  const aheadSeconds = 1 + Math.ceil(texts.length / perSecond);
  const seenFromMs = Date.now() + aheadSeconds * 1000;
  let next = 0;
  const run = async (): Promise<void> => {
    while (next < texts.length) {
      const text = texts[next++] ?? '';
      const visibilityTimeout = Math.ceil((seenFromMs - Date.now()) / 1000);
      if (visibilityTimeout < 0)
        throw new Error(
          `${String(texts.length)} messages could not be put into the queue in ${String(aheadSeconds)} s`,
        );
      await queue.sendMessage(Buffer.from(text).toString('base64'), {
        visibilityTimeout,
        messageTimeToLive: -1,
      });
    }
  };
  await Promise.all(Array.from({ length: parallel }, run));
  return seenFromMs;
}
