import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outcomeMessageSchema } from '../../shared/contracts/outcomeEvent.ts';
import { problemSchema } from '../../shared/contracts/problem.ts';
import { createMemoryStores, type MemoryStores } from '../memoryStores/memoryStores.ts';
import { type AttackedApp, attackedApp } from './attackedApp.ts';
import { usersRequest } from './rightRequests.ts';

/** What an input comes to by each way: `accepted`, or the code of the refusal. */
interface Input {
  readonly what: string;
  /** As large as the way allows. */
  readonly bytes: (maxBytes: number) => Uint8Array;
  readonly http: string;
  readonly message: string;
  readonly blob: string;
  /** Where it differs from `message`. */
  readonly plain?: string;
}

const right = JSON.stringify(usersRequest);
const maxRequestBytes = 1_048_576;
const maxMessageBytes = 65_536;

const all = (
  what: string,
  content: string | Uint8Array,
  code: string,
  changes: Partial<Input> = {},
): Input => ({
  what,
  bytes: () => Buffer.from(content),
  http: code,
  message: code,
  blob: code,
  ...changes,
});
const sized = (
  what: string,
  bytes: Input['bytes'],
  code: string,
  changes: Partial<Input> = {},
): Input => ({ ...all(what, '', code, changes), bytes });
const withMember = (name: string, json: string): string =>
  `${right.slice(0, -1)},${JSON.stringify(name)}:${json}}`;
const replaced = (name: string, json: string): string =>
  right.replace(new RegExp(`"${name}":(?:"[^"]*"|\\d+)`), `"${name}":${json}`);
const nested = (maxBytes: number, open: string, close: string): string => {
  const levels = Math.min(100_000, Math.floor(maxBytes / (open.length + close.length)) - 1);
  return `${open.repeat(levels)}0${close.repeat(levels)}`;
};
const garbage = Buffer.from(Array.from({ length: 64 }, (_, n) => 0x80 + n));
const boundary = '--x\r\nContent-Disposition: form-data; name="request"\r\n\r\n{}\r\n--x--\r\n';

const inputs: readonly Input[] = [
  all('a right request', right, 'accepted'),
  all('a right request, indented', JSON.stringify(usersRequest, null, 2), 'accepted'),
  all('nothing', '', 'messageEmpty', { http: 'bodyMissing', blob: 'notJson' }),
  all('white space', ' \r\n\t ', 'messageEmpty', { http: 'notJson', blob: 'notJson' }),
  all('a byte order mark alone', '\uFEFF', 'messageEmpty', { http: 'notJson', blob: 'notJson' }),
  all('a byte order mark before the request', `\uFEFF${right}`, 'accepted'),
  all('NUL', '\0', 'notJson'),
  all('NUL behind the request', `${right}\0`, 'notJson'),
  all(
    'bytes that are no UTF-8',
    Buffer.concat([Buffer.from(right.slice(0, -2)), Buffer.from([0xff, 0x22, 0x7d])]),
    'notUtf8',
  ),
  all('Latin-1', Buffer.from(replaced('name', '"ü"'), 'latin1'), 'notUtf8'),
  all('UTF-16 with a mark', Buffer.from(`\uFEFF${right}`, 'utf16le'), 'accepted'),
  all(
    'UTF-16 with a mark, the high byte first',
    Buffer.from(`\uFEFF${right}`, 'utf16le').swap16(),
    'accepted',
  ),
  all('UTF-16 without a mark', Buffer.from(right, 'utf16le'), 'notUtf8'),
  all(
    'UTF-16 without a mark, the high byte first',
    Buffer.from(right, 'utf16le').swap16(),
    'notUtf8',
  ),
  all('gzip', gzipSync(right), 'notUtf8'),
  all('JSON that was cut', right.slice(0, 50), 'notJson'),
  all('base64 of the request', Buffer.from(right).toString('base64'), 'notJson', {
    message: 'accepted',
  }),
  all('base64 that was cut', Buffer.from(right).toString('base64').slice(0, 41), 'notJson'),
  all('base64 of garbage', garbage.toString('base64'), 'notJson', { message: 'notUtf8' }),
  all('JSON with comments', `// a request\n${right}`, 'notJson'),
  all('JSON5', "{kind:'users',}", 'notJson'),
  all('words', 'please move them all', 'notJson'),
  all('a form', 'kind=users&name=wave07', 'notJson'),
  all('a form of several parts', boundary, 'notJson'),
  all('a list', '[1,2]', 'invalidRequest'),
  all('a text', '"move them"', 'invalidRequest', { message: 'notJson' }),
  all('the request as a text', JSON.stringify(right), 'invalidRequest', { message: 'accepted' }),
  all('base64 as a text', JSON.stringify(Buffer.from(right).toString('base64')), 'invalidRequest', {
    message: 'accepted',
  }),
  all('a number', '1234', 'invalidRequest'),
  all('true', 'true', 'invalidRequest'),
  all('null', 'null', 'invalidRequest'),
  // The worker gives up on a text that it parses for the trigger's metadata: the message comes by the poison queue.
  sized('lists within lists', (max) => Buffer.from(nested(max, '[', ']')), 'invalidRequest', {
    plain: 'processingFailed',
  }),
  sized(
    'objects within objects',
    (max) => Buffer.from(nested(max, '{"a":', '}')),
    'invalidRequest',
    { plain: 'processingFailed' },
  ),
  sized(
    'nothing but brackets',
    (max) => Buffer.from('['.repeat(Math.min(1_000_000, max))),
    'notJson',
  ),
  all('a member called __proto__', withMember('__proto__', '{"polluted":1}'), 'invalidRequest'),
  all('a member twice', withMember('holdTimeoutHours', '24'), 'accepted'),
  all('half a pair in the name', replaced('name', '"\\ud800"'), 'invalidRequest'),
  all('a number beyond all', replaced('holdTimeoutHours', '1e999'), 'invalidRequest'),
  all(
    'a number that is rounded',
    replaced('holdTimeoutHours', '9007199254740993'),
    'invalidRequest',
  ),
  all(
    'members that override what the trigger says',
    '{"id":"a/b","dequeueCount":99}',
    'invalidRequest',
  ),
];

/** How a message may carry bytes; undefined where it cannot hold them. */
const wraps: Readonly<Record<string, (bytes: Uint8Array) => string>> = {
  'in base64': (bytes) => Buffer.from(bytes).toString('base64'),
  'in URL-safe base64': (bytes) => Buffer.from(bytes).toString('base64url'),
  'in base64 with lines': (bytes) =>
    Buffer.from(bytes).toString('base64').replaceAll(/.{76}/g, '$&\r\n'),
  'in base64 twice': (bytes) =>
    Buffer.from(Buffer.from(bytes).toString('base64')).toString('base64'),
  'in base64 in a JSON string': (bytes) => JSON.stringify(Buffer.from(bytes).toString('base64')),
};
// Base64 makes three bytes four; twice, and with lines.
const mostWrapped = 36_000;

/** A queue message is a text of XML: no control characters, no half pairs; and bytes that are no text cannot come plain. */
function plainText(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes).toString('utf8');
  const isText =
    Buffer.from(text).equals(Buffer.from(bytes)) &&
    !/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(text);
  return isText ? text : undefined;
}

let app: AttackedApp<MemoryStores>;
beforeAll(async () => {
  app = await attackedApp({ stores: createMemoryStores(), maxRequestBytes });
});
afterAll(() => app.close());

const maxDeliveries = 5;

/** Lets a message run its course as the host would, and says what it came to; a refusal must be on record as it came, told, listed, and to be replayed. */
async function sent(text: string): Promise<string> {
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(maxMessageBytes);
  let delivery = await app.deliver(text);
  for (let count = 1; count < maxDeliveries && !delivery.outcome.ok; count += 1)
    delivery = await app.deliver(text);
  if (!delivery.outcome.ok) {
    app.stores.putPoison(text);
    await app.lookAtPoison();
    app.faults();
  }
  expect(app.faults()).toEqual([]);
  expect(await app.stores.poison.receive()).toEqual([]);
  const found = await app.stores.rejections.get(delivery.id);
  if (found === undefined) return 'accepted';
  const { rejection } = found;
  expect(found.text).toBe(text);
  const told = app.stores.sent
    .map((event) => outcomeMessageSchema.parse(event))
    .filter(({ data }) => 'rejectionId' in data && data.rejectionId === rejection.id);
  expect(told.length).toBeGreaterThan(0);
  expect((await app.stores.rejections.list({ pageSize: 1_000 })).items).toContainEqual(rejection);
  const replay = await app.send({ method: 'POST', path: `/api/rejections/${rejection.id}/replay` });
  expect([replay.status, problemSchema.parse(JSON.parse(replay.text)).code]).toEqual([
    409,
    'rejectedAgain',
  ]);
  expect((await app.stores.rejections.get(rejection.id))?.rejection.count).toBe(rejection.count);
  return rejection.code;
}

describe.each(inputs)('$what', ({ bytes, http, message, blob, plain = message }) => {
  it('by HTTP', async () => {
    const { status, text } = await app.send({
      method: 'POST',
      path: '/api/migrations',
      body: bytes(maxRequestBytes),
    });
    expect(app.faults()).toEqual([]);
    expect(status === 202 ? 'accepted' : problemSchema.parse(JSON.parse(text)).code).toBe(http);
    expect([202, 400]).toContain(status);
  });

  const text = plainText(bytes(maxMessageBytes - 2));
  it.skipIf(text === undefined)('in the queue', async () => {
    expect(await sent(text ?? '')).toBe(plain);
  });

  it.each(Object.keys(wraps))('in the queue, %s', async (wrap) => {
    const wrapped = wraps[wrap]?.(bytes(mostWrapped)) ?? '';
    expect(await sent(wrapped)).toBe(message);
  });

  it('in a blob that a message names', async () => {
    const requestBlob = `blobs/${String(app.stores.rejectedTexts.size)}.json`;
    app.stores.putInbox(requestBlob, bytes(maxRequestBytes));
    expect(await sent(JSON.stringify({ requestBlob }))).toBe(blob);
  });
});

describe('a message that names a blob', () => {
  const references: readonly (readonly [string, string, string])[] = [
    ['that is missing', 'none.json', 'requestBlobMissing'],
    ['above itself', '../requests/m-one.json', 'requestBlobMissing'],
    ['from the root', '/none.json', 'requestBlobMissing'],
    [
      'by its URL',
      'https://account.blob.core.windows.net/migration-requests/none.json?sig=x',
      'requestBlobMissing',
    ],
    ['with a name that no blob has', 'a\u0001b', 'requestBlobMissing'],
    ['with half a pair in its name', '\ud800', 'requestBlobMissing'],
    ['without a name', '', 'invalidRequest'],
    ['with a name that is too long', 'x'.repeat(1_025), 'invalidRequest'],
    ['that is too large', 'huge.json', 'requestTooLarge'],
    ['that names a blob', 'reference.json', 'invalidRequest'],
  ];
  beforeAll(() => {
    app.stores.putInbox('huge.json', ' '.repeat(maxRequestBytes + 1));
    app.stores.putInbox('reference.json', JSON.stringify({ requestBlob: 'none.json' }));
  });

  it.each(references)('%s', async (_, requestBlob, code) => {
    const text = JSON.stringify({ requestBlob });
    expect(await sent(text)).toBe(code);
    expect(await sent(Buffer.from(text).toString('base64'))).toBe(code);
  });
});

it('ten thousand deliveries of one bad message are one record and a handful of events', async () => {
  const text = '{"kind":"users","name":"loop"}';
  const [sentBefore, listedBefore] = [app.stores.sent.length, app.stores.rejectedTexts.size];
  const times = 10_000;
  let id = '';
  for (let done = 0; done < times; done += 100)
    for (const delivery of await Promise.all(Array.from({ length: 100 }, () => app.deliver(text))))
      id = delivery.id;
  expect(app.faults()).toEqual([]);
  expect((await app.stores.rejections.get(id))?.rejection.count).toBe(times);
  expect(app.stores.rejectedTexts.size).toBe(listedBefore + 1);
  expect(app.stores.sent.length - sentBefore).toBeLessThanOrEqual(5);
  const trail = await app.stores.audit.list('rejections', { pageSize: 1_000 });
  expect(trail.items.filter(({ eventId }) => eventId.includes(id)).length).toBeLessThanOrEqual(5);
}, 120_000);

it('what the members of a message say of it is not believed: two with one id are two records', async () => {
  const texts = [
    '{"id":"a/b","n":1}',
    '{"id":"a/b","n":2}',
    '{"ID":"a/b","invocationId":"a/b","queueTrigger":"x"}',
  ];
  for (const text of texts) expect(await sent(text)).toBe('invalidRequest');
});
