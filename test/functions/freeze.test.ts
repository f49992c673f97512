import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { freezeText } from '../../shared/domain/commands.ts';
import { recordFreezes } from '../../shared/intake/freeze.ts';
import { type AttackedApp, attackedApp, attackMs } from '../attack/attackedApp.ts';
import type { Answer } from '../attack/send.ts';
import { createMemoryStores, type MemoryStores } from '../memoryStores/memoryStores.ts';
import { aBatch, aMigration, taken } from '../shared/storage/sampleRows.ts';

let app: AttackedApp<MemoryStores>;
let audit: { fails: boolean };
beforeAll(async () => {
  const memory = createMemoryStores();
  audit = { fails: false };
  const append: MemoryStores['audit']['append'] = (...given) =>
    audit.fails
      ? Promise.reject(new Error('storage is out of reach'))
      : memory.audit.append(...given);
  app = await attackedApp({ stores: { ...memory, audit: { ...memory.audit, append } } });
  await app.stores.migrations.accept(taken(aMigration('m-one', { phase: 'running' })));
  await app.stores.migrations.accept(taken(aMigration('m-ended', { phase: 'completed' })));
  await app.stores.batches.insertMissing([aBatch('m-one', 'b001')]);
});
afterAll(() => app.close());

const since = new Date(attackMs).toISOString();
const post = (
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> =>
  app.send({
    method: 'POST',
    path: `/api/${path}`,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const get = async (path: string): Promise<unknown> =>
  JSON.parse((await app.send({ path: `/api/${path}` })).text);
const answered = ({ status, text }: Answer): unknown => ({
  status,
  body: JSON.parse(text) as unknown,
});

describe('a freeze', () => {
  it('is answered with what is in force, and shown in health, in the list, and in each migration that has not ended', async () => {
    expect(await get('health')).toMatchObject({ frozen: null });
    const frozen = { since, by: 'ana@fabrikam.com', reason: 'the wrong users' };
    expect(
      answered(await post('freeze', { by: 'ana@fabrikam.com', reason: 'the wrong users' })),
    ).toEqual({ status: 200, body: { frozen } });
    expect(answered(await post('freeze', { by: 'kim@fabrikam.com' }))).toEqual({
      status: 200,
      body: { frozen },
    });
    expect(await get('health')).toMatchObject({ status: 'healthy', frozen });
    const list = z
      .object({ value: z.array(z.object({ id: z.string(), message: z.string().nullable() })) })
      .parse(await get('migrations'));
    expect(Object.fromEntries(list.value.map(({ id, message }) => [id, message]))).toEqual({
      'm-one': freezeText({ since }),
      'm-ended': null,
    });
    expect(await get('migrations/m-one')).toMatchObject({ message: freezeText({ since }) });
    expect(await get('migrations/m-ended')).toMatchObject({ message: null });
    // Names of people are shown in health and in the trail alone.
    expect(JSON.stringify(await get('migrations'))).not.toMatch(/ana@|wrong users/);
    // What is asked meanwhile is taken.
    expect((await post('migrations/m-one/pause', {})).status).toBe(202);
    expect(answered(await post('unfreeze'))).toEqual({ status: 200, body: { frozen: null } });
    expect(await get('migrations/m-one')).toMatchObject({ message: null });
    const trail = z
      .object({
        value: z.array(
          z.object({ sequence: z.int(), type: z.string(), by: z.string().nullable() }),
        ),
      })
      .parse(await get('freezes'));
    expect(trail.value.map(({ type, by }) => `${type} ${String(by)}`)).toEqual([
      'command.freeze ana@fabrikam.com',
      'frozen null',
      'command.freeze kim@fabrikam.com',
      'command.unfreeze null',
      'unfrozen null',
    ]);
  });

  it('that is sent again with its key takes no effect again, and is a conflict with another content', async () => {
    const key = { 'idempotency-key': 'key-1' };
    expect((await post('freeze', { reason: 'r' }, key)).status).toBe(200);
    expect((await post('unfreeze', {}, key)).status).toBe(200);
    expect(answered(await post('freeze', { reason: 'r' }, key))).toEqual({
      status: 200,
      body: { frozen: null },
    });
    expect(answered(await post('freeze', { reason: 'other' }, key))).toMatchObject({
      status: 409,
      body: { code: 'conflict' },
    });
    expect(await app.stores.freezes.current()).toBeNull();
  });

  it('refuses a body with a member that nobody knows', async () => {
    expect(answered(await post('freeze', { because: 'x' }))).toMatchObject({
      status: 400,
      body: { code: 'invalidRequest', errors: [{ path: 'because' }] },
    });
    expect(await app.stores.freezes.current()).toBeNull();
  });

  it('that a crash has left without its record is in force, and the sweep puts it on record', async () => {
    audit.fails = true;
    expect((await post('freeze', { by: 'lee@fabrikam.com' })).status).toBe(500);
    audit.fails = false;
    expect(await app.stores.freezes.current()).toMatchObject({ by: 'lee@fabrikam.com' });
    await recordFreezes(app.stores);
    await recordFreezes(app.stores);
    const { items } = await app.stores.audit.list('freezes', { pageSize: 100 });
    expect(items.filter(({ by }) => by === 'lee@fabrikam.com').map(({ type }) => type)).toEqual([
      'command.freeze',
    ]);
    expect(items.at(-1)?.type).toBe('frozen');
    expect(app.faults()).toHaveLength(0);
    await post('unfreeze');
  });
});

describe('HEAD', () => {
  it.each(['health', 'health/live'])('of %s is answered as GET, without the body', async (path) => {
    const [head, whole] = [
      await app.send({ method: 'HEAD', path: `/api/${path}` }),
      await app.send({ path: `/api/${path}` }),
    ];
    const { date: _head, ...headHeaders } = head.headers;
    const { date: _whole, ...wholeHeaders } = whole.headers;
    expect([head.status, head.text, headHeaders]).toEqual([whole.status, '', wholeHeaders]);
    expect(whole.text).not.toBe('');
  });

  it('of any other route is not there', async () => {
    for (const path of ['migrations', 'migrations/m-one', 'openapi.json'])
      expect((await app.send({ method: 'HEAD', path: `/api/${path}` })).status).toBe(404);
  });
});

it('GET /health/live says that the app runs and nothing else', async () => {
  const { status, text } = await app.send({ path: '/api/health/live' });
  expect([status, text]).toEqual([200, '{"status":"live"}']);
});
