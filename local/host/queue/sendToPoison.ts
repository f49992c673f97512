import { type QueueClient, RestError } from '@azure/storage-queue';

/** Puts the text, as it stands, into the poison queue, which is created when missing. */
export async function sendToPoison(poisonQueue: QueueClient, messageText: string): Promise<void> {
  const forever = { messageTimeToLive: -1 };
  try {
    await poisonQueue.sendMessage(messageText, forever);
  } catch (error) {
    if (!(error instanceof RestError) || error.statusCode !== 404) throw error;
    await poisonQueue.createIfNotExists();
    await poisonQueue.sendMessage(messageText, forever);
  }
}
