import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createMemoryStores, type MemoryStores } from '../memoryStores/memoryStores.ts';
import { type AttackedApp, attackedApp } from './attackedApp.ts';
import { user } from './rightRequests.ts';
import type { Answer } from './send.ts';

const keysSchema = z.object({
  masterKey: z.string(),
  hostKeys: z.record(z.string(), z.string()),
  systemKeys: z.record(z.string(), z.string()),
  functionKeys: z.record(z.string(), z.record(z.string(), z.string())),
});
let app: AttackedApp<MemoryStores>;
let keys: z.infer<typeof keysSchema>;
beforeAll(async () => {
  app = await attackedApp({ stores: createMemoryStores(), auth: true });
  keys = keysSchema.parse(JSON.parse(readFileSync(app.keys.file, 'utf8')));
});
afterAll(() => app.close());

const ask = (
  name: string,
  headers: Readonly<Record<string, string>> = {},
  query = '',
): Promise<Answer> => {
  const found = app.functions.find((http) => http.name === name);
  if (found === undefined) throw new Error(`no function ${name}`);
  const path = `/${found.template.replace('{id}', 'm-none').replace('{rejectionId}', 'r').replace('{taskId}', user(1))}${query}`;
  return app.send({ method: found.methods[0] ?? 'GET', path, headers });
};
const locked = (): string[] =>
  app.functions.filter(({ authLevel }) => authLevel !== 'anonymous').map(({ name }) => name);
const ownKey = (name: string): string => keys.functionKeys[name]?.['default'] ?? '';

describe('with function keys', () => {
  it('only the OpenAPI document and the bare health are open', async () => {
    expect(
      app.functions
        .filter(({ authLevel }) => authLevel === 'anonymous')
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['getOpenApi', 'healthLive']);
    for (const name of ['getOpenApi', 'healthLive']) expect((await ask(name)).status).toBe(200);
  });

  it('every other route is shut without a key and with any that is not its own', async () => {
    for (const name of locked()) {
      const own = ownKey(name);
      const anothers = ownKey(locked().find((one) => one !== name) ?? '');
      const wrong = [
        undefined,
        '',
        'wrong',
        anothers,
        own.slice(0, -1),
        `${own}x`,
        own.toUpperCase(),
        keys.systemKeys['durabletask_extension'] ?? '',
        '__proto__',
        'constructor',
      ];
      for (const key of wrong) {
        const answer = await ask(name, key === undefined ? {} : { 'x-functions-key': key });
        expect([name, answer.status, answer.text]).toEqual([name, 401, '']);
      }
      expect((await ask(name, {}, `?code=${anothers}`)).status).toBe(401);
    }
  });

  it('every route opens by its own key, a host key and the master key, in header or query', async () => {
    for (const name of locked()) {
      for (const key of [ownKey(name), keys.hostKeys['default'] ?? '', keys.masterKey]) {
        expect((await ask(name, { 'x-functions-key': key })).status).not.toBe(401);
        expect((await ask(name, {}, `?code=${encodeURIComponent(key)}`)).status).not.toBe(401);
      }
    }
  });

  it('a fault of the host is logged without the key that was sent', async () => {
    const key = keys.systemKeys['durabletask_extension'] ?? '';
    expect(
      (await app.send({ path: `/runtime/webhooks/durabletask/instances?code=${key}` })).status,
    ).toBe(500);
    const [fault = ''] = app.faults();
    expect(fault).toContain('GET /runtime/webhooks/durabletask/instances failed in the host');
    expect(fault).not.toContain(key);
  });

  it('no answer has a key in it', async () => {
    const all = [
      keys.masterKey,
      ...Object.values(keys.hostKeys),
      ...Object.values(keys.systemKeys),
      ...Object.values(keys.functionKeys).flatMap((own) => Object.values(own)),
    ];
    for (const { name } of app.functions) {
      const answer = await ask(name, {}, `?code=${keys.masterKey}&pageSize=1`);
      for (const key of all)
        expect(`${answer.text}${JSON.stringify(answer.headers)}`).not.toContain(key);
    }
  });
});
