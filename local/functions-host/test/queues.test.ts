import { QueueClient } from '@azure/storage-queue';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { clockVariable } from '../../clock/clockSetting.ts';
import { type SpawnedHost, spawnHost } from './spawnHost.ts';
import { startTestStorage, type TestStorage } from './testStorage.ts';
import { until } from './until.ts';

const readingSchema = z.object({
  entry: z.unknown(),
  type: z.string(),
  now: z.string(),
  metadata: z.looseObject({
    id: z.string(),
    popReceipt: z.string(),
    dequeueCount: z.number(),
    insertionTime: z.string(),
    expirationTime: z.string(),
    nextVisibleTime: z.string(),
    queueTrigger: z.unknown(),
  }),
});

let storage: TestStorage;
let host: SpawnedHost;
// Years ahead of the storage emulator, and faster: the app's clock must not affect requests to the
// storage service.
const originMs = Date.parse('2035-01-01T00:00:00Z');
beforeAll(async () => {
  storage = await startTestStorage();
  host = await spawnHost({
    app: 'queues',
    env: {
      AzureWebJobsStorage: storage.connectionString,
      READER_QUEUE: 'to-read',
      [clockVariable]: JSON.stringify({ realOriginMs: Date.now(), originMs, speed: 60 }),
    },
  });
}, 60_000);
afterAll(async () => {
  await host.stop();
  await storage.remove();
});

async function reading(): Promise<z.infer<typeof readingSchema>> {
  const [text] = await storage.take('readings', 1);
  return readingSchema.parse(JSON.parse(decoded(text)));
}

function decoded(text: string | undefined): string {
  return Buffer.from(text ?? '', 'base64').toString('utf8');
}

describe('a queue trigger', () => {
  it('waits for a queue that does not exist yet, parses JSON, and deletes the processed message', async () => {
    await storage.put('to-read', '{"wave":7}');
    expect(await reading()).toMatchObject({ entry: { wave: 7 }, type: 'object' });
    await until('the deletion', async () =>
      (await storage.count('to-read')) === 0 ? true : undefined,
    );
  });

  it('passes any other text unchanged', async () => {
    await storage.put('to-read', 'gr\u00fc\u00dfe, no JSON');
    expect(await reading()).toMatchObject({ entry: 'gr\u00fc\u00dfe, no JSON', type: 'string' });
  });

  it('passes bytes when the binding is binary', async () => {
    await storage.put('binary', Buffer.from([0, 128, 255]).toString('base64'), true);
    expect(JSON.parse(decoded((await storage.take('binary-out', 1))[0]))).toEqual({
      isBuffer: true,
      bytes: [0, 128, 255],
    });
  });

  it('passes the metadata of the message, with instants of the host’s clock', async () => {
    await storage.put('to-read', 'about');
    const { metadata, now } = await reading();
    expect(metadata).toMatchObject({ dequeueCount: 1, queueTrigger: 'about' });
    const inserted = Date.parse(metadata.insertionTime);
    expect(inserted).toBeGreaterThan(originMs - 120_000);
    expect(inserted).toBeLessThanOrEqual(Date.parse(now));
    expect(Date.parse(metadata.expirationTime) - inserted).toBe(7 * 86_400_000);
    expect(Date.parse(metadata.nextVisibleTime)).toBeGreaterThan(inserted);
    expect(host.output()).toContain(
      "Executing 'Functions.reader' (Reason='New queue message detected on 'to-read'.', Id=",
    );
  });

  it('delivers a failing message five times, then moves its text to the poison queue', async () => {
    await storage.put('failing', 'bad luck');
    await until('the poison message', () =>
      host.output().includes('poisoned: bad luck dequeued 1') ? true : undefined,
    );
    const seen = [...host.output().matchAll(/failing sees bad luck for the (\d)\. time/g)].map(
      ([, count]) => Number(count),
    );
    expect(seen).toEqual([1, 2, 3, 4, 5]);
    expect(host.output()).toMatch(
      /Message [0-9a-f-]+ of queue 'failing' has reached MaxDequeueCount of 5\. Moving message to queue 'failing-poison'\./,
    );
    await until('the deletion', async () =>
      (await storage.count('failing')) === 0 ? true : undefined,
    );
  });

  it('moves a message that is not base64 to the poison queue, unchanged and without a run', async () => {
    await storage.put('to-read', 'no base64!', true);
    expect(await storage.take('to-read-poison', 1)).toEqual(['no base64!']);
    expect(host.output()).toContain('is not base64');
  });

  it('moves bytes that are not UTF-8 to the poison queue without a run when the function needs a text', async () => {
    const text = Buffer.from([0x7b, 0xff, 0x7d]).toString('base64');
    await storage.put('to-read', text, true);
    expect(await storage.take('to-read-poison', 1)).toEqual([text]);
    expect(host.output()).toMatch(
      /Message [0-9a-f-]+ of queue 'to-read' is not UTF-8, and the function 'reader' asks for a text: it was not called\./,
    );
  });

  it('lets copies in a poison queue expire after seven days, the default of storage', async () => {
    await storage.put('to-read', 'no base64 either!', true);
    const copy = await until(
      'the copy',
      async () =>
        (await new QueueClient(storage.connectionString, 'to-read-poison').receiveMessages())
          .receivedMessageItems[0],
    );
    expect(copy.expiresOn.getTime() - copy.insertedOn.getTime()).toBe(7 * 86_400_000);
  });

  it('does not delete messages of a poison queue: a failed one is hidden for ten minutes of the host’s clock', async () => {
    await storage.put('stubborn-poison', 'no base64!', true);
    await storage.put('stubborn-poison', 'bad luck');
    await until('the failure', () =>
      host.output().includes('stubborn sees bad luck') ? true : undefined,
    );
    await until('the other one', () =>
      /of queue 'stubborn-poison' is not base64.* There is no queue to move it to: it stays until it expires\./.test(
        host.output(),
      )
        ? true
        : undefined,
    );
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(host.output().match(/stubborn sees/g)).toHaveLength(1);
    expect(await storage.count('stubborn-poison')).toBe(2);
    expect(await new QueueClient(storage.connectionString, 'stubborn-poison-poison').exists()).toBe(
      false,
    );
  });

  it('lets members of a message override its metadata, as on Azure', async () => {
    await storage.put(
      'to-read',
      '{"id":"mine","DEQUEUECOUNT":99,"isTrue":true,"list":[1],"none":null}',
    );
    const { metadata } = await reading();
    expect(metadata).toMatchObject({ id: 'mine', dequeueCount: 99, isTrue: 'True' });
    expect(
      Object.keys(metadata).filter((name) => ['list', 'none', 'dEQUEUECOUNT'].includes(name)),
    ).toEqual([]);
  });

  it('runs many messages at once, but no more than a batch and its threshold', async () => {
    await Promise.all(
      Array.from({ length: 30 }, (_, index) => storage.put('crowd', `n${String(index)}`)),
    );
    const lines = await until('30 runs', () => {
      const found = [...host.output().matchAll(/crowd (n\d+), at most (\d+) at once/g)];
      return found.length >= 30 ? found : undefined;
    });
    expect(new Set(lines.map(([, name]) => name)).size).toBe(30);
    const most = Math.max(...lines.map(([, , count]) => Number(count)));
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(6);
  });
});

describe('a queue output', () => {
  it.each<[string, string[]]>([
    ['text', ['a text']],
    ['object', ['{\n  "a": 1\n}']],
    ['array', ['one', '{\n  "two": 2\n}', '3']],
    ['bytes', ['bytes']],
    ['number', ['42']],
    ['flag', ['true']],
  ])('of type %s becomes %j, in base64', async (kind, messages) => {
    expect((await fetch(`${host.url}/api/send/${kind}`)).status).toBe(200);
    expect((await storage.take('sent', messages.length)).map(decoded)).toEqual(messages);
  });

  it('that is null sends nothing', async () => {
    expect((await fetch(`${host.url}/api/send/nothing`)).status).toBe(200);
    await fetch(`${host.url}/api/send/text`);
    expect((await storage.take('sent', 1)).map(decoded)).toEqual(['a text']);
  });

  it('may have a name from the request; a failed output fails the run', async () => {
    expect((await fetch(`${host.url}/api/named/blue`)).status).toBe(200);
    expect((await storage.take('named-blue', 1)).map(decoded)).toEqual(['blue']);
    expect((await fetch(`${host.url}/api/named/NOT_VALID`)).status).toBe(500);
    expect(host.output()).toMatch(/Executed 'Functions\.sendNamed' \(Failed/);
  });
});

describe('an outage of storage', () => {
  it('is logged once, and ends when storage is available again', async () => {
    await storage.put('to-read', 'before');
    await reading();
    await storage.pause();
    await until('the warning', () =>
      host.output().includes("The queue 'to-read' cannot be read") ? true : undefined,
    );
    expect((await fetch(`${host.url}/api/send/text`)).status).toBe(500);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await storage.resume();
    await storage.put('to-read', 'after');
    expect(await reading()).toMatchObject({ entry: 'after' });
    expect(host.output().match(/The queue 'to-read' cannot be read/g)).toHaveLength(1);
    expect(host.output().match(/The queue 'to-read' can be read again/g)).toHaveLength(1);
  }, 40_000);
});
