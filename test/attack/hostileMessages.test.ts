import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { outcomeMessageSchema } from '../../shared/contracts/outcomeEvent.ts';
import { createMemoryStores, type MemoryStores } from '../memoryStores/memoryStores.ts';
import { hostileAddress, hostileSecret } from './answerFault.ts';
import { type AttackedApp, attackedApp } from './attackedApp.ts';
import { changed, hostileJson, hostileText } from './hostile.ts';
import { sharePointRequest, usersRequest } from './rightRequests.ts';

let app: AttackedApp<MemoryStores>;
beforeAll(async () => {
  app = await attackedApp({ stores: createMemoryStores(), maxRequestBytes: 1_048_576 });
});
afterAll(() => app.close());

// A queue takes 64 KiB, and base64 makes three bytes four.
const maxEventBytes = 49_152;

/** Delivers a message and says what is wrong with what became of it. */
async function messageFault(text: string): Promise<string | undefined> {
  const sentBefore = app.stores.sent.length;
  const { id, outcome } = await app.deliver(text);
  const [fault] = app.faults();
  if (!outcome.ok || fault !== undefined) return `it failed: ${fault ?? ''}`;
  const found = await app.stores.rejections.get(id);
  const events = app.stores.sent
    .slice(sentBefore)
    .map((event) => outcomeMessageSchema.parse(event));
  // Taken: a message that is refused is on record and told, once.
  if (found === undefined)
    return events.length === 0 ? undefined : 'it was taken and told as refused';
  // Half a pair cannot be sent.
  if (found.text !== text.toWellFormed()) return `it is on record as ${found.text}`;
  // The same one again, as the generator may have it, is counted.
  if (found.rejection.count > 1 && events.length === 0) return undefined;
  if (events.length !== 1 || events[0]?.type !== 'tenant-ferry.request.rejected')
    return `${String(events.length)} events`;
  const told = JSON.stringify(events[0]);
  if (Buffer.byteLength(told) > maxEventBytes)
    return `an event of ${String(Buffer.byteLength(told))} bytes`;
  if (told.includes(hostileAddress) || told.includes(hostileSecret)) return `an echo: ${told}`;
  return Buffer.byteLength(JSON.stringify(found.rejection)) > 500_000
    ? 'a record that no row holds'
    : undefined;
}
const withstands = (texts: fc.Arbitrary<string>, numRuns: number): Promise<void> =>
  fc.assert(
    fc.asyncProperty(texts, async (text) => {
      expect(await messageFault(text)).toBeUndefined();
    }),
    { numRuns },
  );

it('a message of any bytes is taken, or refused on record', async () => {
  const bytes = fc.uint8Array({ maxLength: 300 }).map((some) => Buffer.from(some).toString('utf8'));
  await withstands(
    fc.oneof(bytes, hostileText, hostileJson, fc.base64String({ maxLength: 200 })),
    400,
  );
});

it('a message that is a right request but for one thing is taken, or refused on record', async () => {
  await withstands(fc.oneof(changed(usersRequest), changed(sharePointRequest)), 300);
});

it('a message that names a blob reaches no other container, whatever the name', async () => {
  const names = fc.oneof(
    hostileText,
    fc.constantFrom(
      '../requests/m-one.json',
      '..\\requests\\m-one.json',
      '/',
      '//',
      'a/../../b',
      '.',
      '..',
      'x'.repeat(1_024),
      hostileAddress,
    ),
  );
  await withstands(
    names.map((name) => JSON.stringify({ requestBlob: name })),
    150,
  );
});

it('the text of a refused message is kept, whatever came before', async () => {
  for (const text of ['', 'no json', '\u0000', '{"kind":"users"', '[1,2']) {
    const { id } = await app.deliver(text);
    const before = await app.stores.rejections.get(id);
    expect(before?.text).toBe(text);
    app.stores.putPoison(text);
    await app.lookAtPoison();
    expect((await app.stores.rejections.get(id))?.rejection).toMatchObject({
      source: 'poison',
      count: (before?.rejection.count ?? 0) + 1,
    });
  }
  expect(app.faults()).toEqual([]);
});

it.each([
  [
    'thousands of unknown members',
    JSON.stringify(
      Object.fromEntries(Array.from({ length: 4_000 }, (_, n) => [`member${String(n)}`, n])),
    ),
  ],
  [
    'thousands of wrong users',
    JSON.stringify({ ...usersRequest, users: Array.from({ length: 20_000 }, () => 7) }),
  ],
  ['names as long as the message', JSON.stringify({ ['ü'.repeat(20_000)]: 1 })],
  [
    'members within members, deeper than JSON.stringify goes',
    `${'{"a":'.repeat(6_000)}1${'}'.repeat(6_000)}`,
  ],
  ['lists within lists', `${'['.repeat(1_500)}${']'.repeat(1_500)}`],
])(
  'a message with %s is refused at once, in a record and an event that storage can hold',
  async (_, text) => {
    const { id, outcome } = await app.deliver(text);
    expect([outcome.ok, app.faults()]).toEqual([true, []]);
    const stored = await app.stores.rejections.get(id);
    expect(stored?.rejection.code).toBe('invalidRequest');
    expect(stored?.text).toBe(text);
    expect(Buffer.byteLength(JSON.stringify(stored?.rejection))).toBeLessThan(500_000);
    expect(Buffer.byteLength(JSON.stringify(app.stores.sent.at(-1)))).toBeLessThan(maxEventBytes);
  },
);
