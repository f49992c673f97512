import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { QueueServiceClient } from '@azure/storage-queue';
import { sharedDir } from './temporaryDir.ts';
import { until } from './until.ts';

/** A queue emulator for one test file. */
export interface TestStorage {
  readonly connectionString: string;
  /** Sends a text to a queue, in base64 unless `raw`. Creates the queue when missing. */
  readonly put: (queue: string, text: string, raw?: boolean) => Promise<void>;
  /** Waits for this many messages in a queue, deletes them and returns their texts unchanged. */
  readonly take: (queue: string, count: number) => Promise<string[]>;
  /** Returns the number of messages in a queue, hidden ones included. */
  readonly count: (queue: string) => Promise<number>;
  /** Stops the emulator. Its messages are on disk. */
  readonly pause: () => Promise<void>;
  /** Starts it again on the same port. */
  readonly resume: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

// The published key of the development account. It only opens an emulator.
const account = 'devstoreaccount1';
const key =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/** Starts Azurite's queue service on a free port, with an empty folder. */
export async function startTestStorage(): Promise<TestStorage> {
  const dir = sharedDir();
  let azurite = await startQueueService(dir.path, 0);
  const { port } = azurite;
  const connectionString = [
    'DefaultEndpointsProtocol=http',
    `AccountName=${account}`,
    `AccountKey=${key}`,
    `QueueEndpoint=http://127.0.0.1:${String(port)}/${account};`,
  ].join(';');
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
      azurite = await startQueueService(dir.path, port);
    },
    remove: async () => {
      await azurite.stop();
      dir.remove();
    },
  };
}

async function startQueueService(
  dataDir: string,
  queuePort: number,
): Promise<{ readonly port: number; readonly stop: () => Promise<void> }> {
  const azuriteDir = dirname(createRequire(import.meta.url).resolve('azurite/package.json'));
  const args = ['--silent', '--skipApiVersionCheck', '--disableTelemetry', '--location', dataDir];
  const child = spawn(
    process.execPath,
    [
      join(azuriteDir, 'dist', 'src', 'queue', 'main.js'),
      ...args,
      '--queueHost',
      '127.0.0.1',
      '--queuePort',
      String(queuePort),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const killWithParent = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', killWithParent);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      process.off('exit', killWithParent);
      resolve();
    });
  });
  const port = await until('the queue service', () => {
    if (child.exitCode !== null) throw new Error(`Azurite could not start: ${output}`);
    const listening = /successfully listen(?:ing|s) (?:on|at) http:\/\/127\.0\.0\.1:(\d+)/.exec(
      output,
    );
    return listening === null ? undefined : Number(listening[1]);
  });
  return {
    port,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
