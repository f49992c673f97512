import { QueueServiceClient } from '@azure/storage-queue';
import { type Azurite, startAzurite } from '../../stack/azurite/startAzurite.ts';
import { temporaryDir } from './spawnHost.ts';
import { until } from './until.ts';

/** A storage emulator for one test file. */
export interface TestStorage {
  readonly connectionString: string;
  /** Puts a text into a queue, base64 unless `raw`; the queue is created when missing. */
  readonly put: (queue: string, text: string, raw?: boolean) => Promise<void>;
  /** Waits for this many messages in a queue and takes them out of it; their texts as they stand. */
  readonly take: (queue: string, count: number) => Promise<string[]>;
  /** The number of messages in a queue, seen or hidden. */
  readonly count: (queue: string) => Promise<number>;
  /** Stops the emulator, keeping what it holds. */
  readonly pause: () => Promise<void>;
  /** Starts it again on the same ports. */
  readonly resume: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

export async function startTestStorage(): Promise<TestStorage> {
  const dir = temporaryDir();
  let azurite: Azurite = await startAzurite({ dataDir: dir.path });
  const { ports, connectionString } = azurite;
  const queue = (name: string) =>
    QueueServiceClient.fromConnectionString(connectionString).getQueueClient(name);
  return {
    connectionString,
    put: async (name, text, raw = false) => {
      await queue(name).createIfNotExists();
      await queue(name).sendMessage(raw ? text : Buffer.from(text).toString('base64'));
    },
    take: async (name, count) => {
      const texts: string[] = [];
      await until(`${String(count)} messages in ${name}`, async () => {
        await queue(name).createIfNotExists();
        const { receivedMessageItems } = await queue(name).receiveMessages({
          numberOfMessages: 32,
          visibilityTimeout: 600,
        });
        texts.push(...receivedMessageItems.map(({ messageText }) => messageText));
        for (const { messageId, popReceipt } of receivedMessageItems)
          await queue(name).deleteMessage(messageId, popReceipt);
        return texts.length >= count ? true : undefined;
      });
      return texts;
    },
    count: async (name) => (await queue(name).getProperties()).approximateMessagesCount ?? 0,
    pause: () => azurite.stop(),
    resume: async () => {
      azurite = await startAzurite({ dataDir: dir.path, ports });
    },
    remove: async () => {
      await azurite.stop();
      dir.remove();
    },
  };
}
