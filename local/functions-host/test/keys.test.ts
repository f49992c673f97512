import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type SpawnedHost, spawnHost } from './spawnHost.ts';
import { sharedDir } from './temporaryDir.ts';

const keysSchema = z.object({
  masterKey: z.string(),
  hostKeys: z.object({ default: z.string() }),
  systemKeys: z.object({ durabletask_extension: z.string() }),
  functionKeys: z.record(z.string(), z.object({ default: z.string() })),
});

const dir = sharedDir();
let host: SpawnedHost;
let keys: z.infer<typeof keysSchema>;
beforeAll(async () => {
  host = await spawnHost({ app: 'web', args: ['--auth'], dataDir: dir.path });
  keys = keysSchema.parse(JSON.parse(readFileSync(join(dir.path, 'keys.json'), 'utf8')));
}, 30_000);
afterAll(async () => {
  await host.stop();
  dir.remove();
});

async function status(path: string, key?: string): Promise<number> {
  return (
    await fetch(
      `${host.url}${path}`,
      key === undefined ? {} : { headers: { 'x-functions-key': key } },
    )
  ).status;
}

it('are in a folder that Git ignores', () => {
  expect(readFileSync(join(dir.path, '.gitignore'), 'utf8')).toBe('*\n');
});

describe('keys after a restart', () => {
  it('are the same', async () => {
    const other = sharedDir();
    const read = () => readFileSync(join(other.path, 'keys.json'), 'utf8');
    await (await spawnHost({ app: 'web', dataDir: other.path })).stop();
    const before = read();
    await (await spawnHost({ app: 'web', dataDir: other.path })).stop();
    expect(read()).toBe(before);
    other.remove();
  });
});

describe('keys that callers must send', () => {
  it('are not needed for anonymous functions; the others return 401 without a body', async () => {
    expect(await status('/api/nothing')).toBe(204);
    const response = await fetch(`${host.url}/api/locked`);
    expect([response.status, await response.text()]).toEqual([401, '']);
    expect(await status('/api/locked', 'wrong')).toBe(401);
  });

  it('of the function, of the host and the master key allow a function, in header or query', async () => {
    for (const key of [keys.functionKeys['locked']?.default, keys.hostKeys.default, keys.masterKey])
      expect(await status('/api/locked', key)).toBe(200);
    expect(await status(`/api/locked?code=${keys.hostKeys.default}`)).toBe(200);
    expect(await status('/api/locked', keys.functionKeys['masters']?.default)).toBe(401);
  });

  it('in the header come before those in the query', async () => {
    expect(await status(`/api/locked?code=${keys.masterKey}`, 'wrong')).toBe(401);
  });

  it('of the host do not allow functions of level admin and the admin API, the master key does', async () => {
    for (const path of ['/api/masters', '/admin/host/status']) {
      expect(await status(path, keys.masterKey)).toBe(200);
      expect(await status(path, keys.hostKeys.default)).toBe(401);
      expect(await status(path)).toBe(401);
    }
  });

  it('of the durable extension and the master key allow the durable webhooks', async () => {
    const path = '/runtime/webhooks/durabletask/instances';
    expect(await status(path)).toBe(401);
    expect(await status(path, keys.hostKeys.default)).toBe(401);
    expect(await status(`${path}?code=${keys.systemKeys.durabletask_extension}`)).toBe(200);
    expect(await status(path, keys.masterKey)).toBe(200);
  });
});
