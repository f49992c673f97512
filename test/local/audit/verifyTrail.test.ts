import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { auditOptions } from '../../../local/audit/auditOptions.ts';
import { verifyTrail } from '../../../local/audit/verifyTrail.ts';
import type { AuditEvent } from '../../../shared/contracts/auditEvent.ts';
import { chained, chainStart } from '../../../shared/storage/auditChain.ts';

let server: Server | undefined;
afterEach(() => server?.close());

const chain = Array.from({ length: 4 }).reduce<AuditEvent[]>(
  (events, _, n) => [...events, chained('m-1', { eventId: String(n), type: 't', at: `2026-11-2${String(n)}T08:00:00Z`, by: null, batchId: null, jobId: null, taskId: null, detail: null }, events.at(-1) ?? chainStart)],
  [],
);

/** The API with a trail, two events a page. */
async function serve(events: readonly AuditEvent[]): Promise<string> {
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', `http://${request.headers.host ?? ''}`);
    const start = Number(url.searchParams.get('continuationToken') ?? 0);
    if (request.headers['x-functions-key'] !== 'k') response.statusCode = 401;
    const nextLink = start + 2 < events.length ? { nextLink: `${url.origin}${url.pathname}?continuationToken=${String(start + 2)}` } : {};
    response.end(JSON.stringify({ value: events.slice(start, start + 2), ...nextLink }));
  });
  await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/api`;
}

it('reads all pages and finds that a chain holds', async () => {
  expect(await verifyTrail(await serve(chain), 'k', 'm-1')).toMatchObject({ events: 4, firstAt: '2026-11-20T08:00:00Z', lastAt: '2026-11-23T08:00:00Z', head: chain[3]?.hash, brokenAt: undefined });
});

it('finds what was changed, and a trail that is another migration’s', async () => {
  expect(await verifyTrail(await serve(chain.map((event, n) => (n === 2 ? { ...event, by: 'nobody' } : event))), 'k', 'm-1')).toMatchObject({ brokenAt: 3 });
  server?.close();
  expect(await verifyTrail(await serve(chain), 'k', 'm-2')).toMatchObject({ brokenAt: 1 });
});

it('says what the app answered when it does not let the reader in', async () => {
  await expect(verifyTrail(await serve(chain), undefined, 'm-1')).rejects.toThrow('/api/migrations/m-1/events answered 401');
});

it('takes one migration or none, and an address', () => {
  expect(auditOptions([])).toEqual({ url: 'http://127.0.0.1:7071/api', help: false });
  expect(auditOptions(['m-1', '--url', 'https://ferry.example/api/'])).toEqual({ url: 'https://ferry.example/api', help: false, migrationId: 'm-1' });
  expect(() => auditOptions(['m-1', 'm-2'])).toThrow('one migration');
  expect(() => auditOptions(['../x'])).toThrow('id of a migration');
});
