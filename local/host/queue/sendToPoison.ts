import { type QueueClient, RestError } from '@azure/storage-queue';

/** Puts the text, as it stands, into the poison queue, which is created when missing. The copy lives seven days, the preset of storage, as on Azure. */
export async function sendToPoison(poisonQueue: QueueClient, messageText: string): Promise<void> {
  try {
    await poisonQueue.sendMessage(messageText);
  } catch (error) {
    if (!(error instanceof RestError) || error.statusCode !== 404) throw error;
    await poisonQueue.createIfNotExists();
    await poisonQueue.sendMessage(messageText);
  }
}
