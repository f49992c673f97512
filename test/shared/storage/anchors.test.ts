import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request as requestTo, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Azurite, startAzurite } from '../../../local/stack/azurite/startAzurite.ts';
import { anchorBlobs } from '../../../shared/storage/blobs.ts';

let azurite: Azurite;
const dataDir = mkdtempSync(join(tmpdir(), 'anchors-'));
beforeAll(async () => {
  azurite = await startAzurite({ dataDir });
});
afterAll(async () => {
  await azurite.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

let container = '';
let containers = 0;
beforeEach(async () => {
  containers += 1;
  container = `audit-anchors-${String(containers)}`;
  await BlobServiceClient.fromConnectionString(azurite.connectionString).createContainer(container);
});

const anchor = (sequence: number) => ({
  migrationId: 'm',
  sequence,
  hash: 'h',
  at: '2026-11-20T08:00:00.000Z',
});

interface Refusal {
  readonly status: number;
  readonly code: string;
}

const proxies: Server[] = [];
afterEach(() => {
  for (const proxy of proxies.splice(0)) proxy.close();
});

/** The anchors as one more instance has them, through a proxy that may answer a request in the account's place. */
async function open(
  answer: (asked: string, request: IncomingMessage) => Refusal | undefined = () => undefined,
  heard: string[] = [],
) {
  const proxy = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    const asked = `${method} ${url.split('/').at(-1) ?? ''}`;
    heard.push(asked);
    const refused = answer(asked, request);
    if (refused === undefined) {
      const passed = requestTo(
        { host: '127.0.0.1', port: azurite.ports.blob, method, path: url, headers },
        (told) => {
          response.writeHead(told.statusCode ?? 500, told.headers);
          told.pipe(response);
        },
      );
      request.pipe(passed);
      return;
    }
    request.resume();
    response.writeHead(refused.status, {
      'x-ms-error-code': refused.code,
      'content-type': 'application/xml',
    });
    response.end(
      `<?xml version="1.0" encoding="utf-8"?><Error><Code>${refused.code}</Code><Message>refused</Message></Error>`,
    );
  });
  proxies.push(proxy);
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
  const connectionString = azurite.connectionString.replace(
    `:${String(azurite.ports.blob)}/`,
    `:${String((proxy.address() as AddressInfo).port)}/`,
  );
  return anchorBlobs(
    BlobServiceClient.fromConnectionString(connectionString, {
      retryOptions: { maxTries: 1 },
    }).getContainerClient(container),
  );
}
const sequences = async (): Promise<readonly (readonly [string, readonly number[]])[]> =>
  (await (await open()).list()).map(
    ({ name, text }) =>
      [
        name,
        text
          .trim()
          .split('\n')
          .map((line) => (JSON.parse(line) as { sequence: number }).sequence),
      ] as const,
  );

it('creates the blob of a month once, however many instances begin it at the same time, and appends with one request from then on', async () => {
  const instances = await Promise.all(Array.from({ length: 6 }, () => open()));
  await Promise.all(instances.map((anchors, n) => anchors.append(anchor(n + 1))));
  const [[name, lines] = ['', []]] = await sequences();
  expect([name, [...lines].sort()]).toEqual(['2026-11.jsonl', [1, 2, 3, 4, 5, 6]]);
  const heard: string[] = [];
  await (await open(undefined, heard)).append(anchor(7));
  expect(heard).toEqual(['PUT 2026-11.jsonl?comp=appendblock']);
});

it('goes on with a further blob when one is full, also in an instance that does not know it yet', async () => {
  const isFull = (asked: string) =>
    / 2026-11(-2)?\.jsonl\?comp=appendblock/.test(asked)
      ? { status: 409, code: 'BlockCountExceedsLimit' }
      : undefined;
  await (await open()).append(anchor(1));
  const heard: string[] = [];
  const first = await open(isFull, heard);
  for (const n of [2, 3]) await first.append(anchor(n));
  await (await open(isFull)).append(anchor(4));
  expect(await sequences()).toEqual([
    ['2026-11-3.jsonl', [2, 3, 4]],
    ['2026-11.jsonl', [1]],
  ]);
  // A full one is tried once.
  expect(heard.filter((request) => request.includes('2026-11.jsonl'))).toHaveLength(1);
});

it('never empties a blob, whatever the account says to a create', async () => {
  await (await open()).append(anchor(1));
  // An instance that was told that there is no blob, and creates it when there is one: refused as it is without and with an immutability policy.
  for (const code of [undefined, 'BlobImmutableDueToPolicy']) {
    let showsErrors = false;
    const late = await open((asked, { headers }) => {
      if (asked.includes('comp=appendblock')) {
        if (showsErrors) return undefined;
        showsErrors = true;
        return { status: 404, code: 'BlobNotFound' };
      }
      expect([asked, headers['if-none-match']]).toEqual(['PUT 2026-11.jsonl', '*']);
      return code === undefined ? undefined : { status: 409, code };
    });
    await late.append(anchor(2));
  }
  expect(await sequences()).toEqual([['2026-11.jsonl', [1, 2, 2]]]);
});

it('fails where storage refuses the anchor', async () => {
  await expect(
    (await open(() => ({ status: 403, code: 'AuthorizationFailure' }))).append(anchor(1)),
  ).rejects.toThrow();
  await expect(
    (await open(() => ({ status: 409, code: 'BlobImmutableDueToPolicy' }))).append(anchor(1)),
  ).rejects.toThrow();
  await expect(
    (await open(() => ({ status: 409, code: 'InvalidBlobType' }))).append(anchor(1)),
  ).rejects.toThrow();
  expect(await sequences()).toEqual([]);
});
