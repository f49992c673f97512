import { QueueClient } from '@azure/storage-queue';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spawnHost } from './spawnHost.ts';
import { startTestStorage, type TestStorage } from './testStorage.ts';

let storage: TestStorage;
beforeAll(async () => {
  storage = await startTestStorage();
}, 60_000);
afterAll(async () => {
  await storage.remove();
});

describe('settings of host.json that the environment overrides', () => {
  it('does not encode texts with messageEncoding none, and moves a message after maxDequeueCount failures', async () => {
    const host = await spawnHost({
      app: 'queues',
      env: {
        AzureWebJobsStorage: storage.connectionString,
        READER_QUEUE: 'to-read',
        AzureFunctionsJobHost__extensions__queues__messageEncoding: 'none',
        AzureFunctionsJobHost__EXTENSIONS__Queues__maxDequeueCount: '2',
      },
    });
    await storage.put('to-read', '{"plain":true}', true);
    expect(JSON.parse((await storage.take('readings', 1))[0] ?? '')).toMatchObject({
      entry: { plain: true },
    });
    await storage.put('failing', 'twice', true);
    await expect
      .poll(() => host.output(), { timeout: 10_000 })
      .toContain('poisoned: twice dequeued 1');
    expect(host.output().match(/failing sees twice/g)).toHaveLength(2);
    expect(await host.stop()).toBe(0);
  });

  it('waits for visibilityTimeout before it runs a failed message again', async () => {
    const host = await spawnHost({
      app: 'queues',
      env: {
        AzureWebJobsStorage: storage.connectionString,
        READER_QUEUE: 'to-read',
        AzureFunctionsJobHost__extensions__queues__visibilityTimeout: '00:00:01',
      },
    });
    await storage.put('failing', 'later');
    await expect
      .poll(() => host.output(), { timeout: 15_000 })
      .toContain('failing sees later for the 2. time');
    const [first = NaN, second = NaN] = [
      ...host.output().matchAll(/^\[([^\]]+)\] failing sees later/gm),
    ].map(([, instant]) => Date.parse(instant ?? ''));
    expect(second - first).toBeGreaterThanOrEqual(900);
    await host.stop();
  });

  it('runs no function for a message of a poison queue that was read more than maxDequeueCount times', async () => {
    await storage.put('stubborn-poison', 'read before');
    const queue = new QueueClient(storage.connectionString, 'stubborn-poison');
    const [read] = (await queue.receiveMessages()).receivedMessageItems;
    await queue.updateMessage(read?.messageId ?? '', read?.popReceipt ?? '', undefined, 0);
    const host = await spawnHost({
      app: 'queues',
      env: {
        AzureWebJobsStorage: storage.connectionString,
        READER_QUEUE: 'to-read',
        AzureFunctionsJobHost__extensions__queues__maxDequeueCount: '1',
      },
    });
    await expect
      .poll(() => host.output(), { timeout: 10_000 })
      .toMatch(
        /of queue 'stubborn-poison' has been read more than 1 times\. There is no queue to move it to/,
      );
    expect(host.output()).not.toContain('stubborn sees');
    await host.stop();
    expect(await storage.count('stubborn-poison')).toBe(1);
  });

  it('starts without its storage, and logs that it is missing', async () => {
    const deadStorage = storage.connectionString.replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:1');
    const host = await spawnHost({
      app: 'queues',
      env: { AzureWebJobsStorage: deadStorage, READER_QUEUE: 'to-read' },
    });
    await expect
      .poll(() => host.output(), { timeout: 10_000 })
      .toMatch(/The queue 'to-read' cannot be read \(.*\): is the storage running\?/);
    expect(await host.stop()).toBe(0);
  });

  it('processes the messages that it has read before it stops', async () => {
    const host = await spawnHost({
      app: 'queues',
      env: { AzureWebJobsStorage: storage.connectionString, READER_QUEUE: 'to-read' },
    });
    for (let index = 0; index < 4; index += 1) await storage.put('crowd', `stop${String(index)}`);
    await expect
      .poll(() => host.output(), { timeout: 10_000 })
      .toContain("Executing 'Functions.crowd'");
    expect(await host.stop()).toBe(0);
    const started = host.output().match(/Executing 'Functions\.crowd'/g)?.length ?? 0;
    expect(host.output().match(/Executed 'Functions\.crowd' \(Succeeded/g)).toHaveLength(started);
    expect(await storage.count('crowd')).toBe(4 - started);
  });
});
