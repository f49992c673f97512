import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, rmSync } from 'node:fs';
import type { ClientRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAzurite } from '../../local/stack/azurite/startAzurite.ts';
import { createStores } from '../../shared/storage/azureStores.ts';
import type { Stores } from '../../shared/storage/stores.ts';
import { onlyRelease } from '../../test/simulation/nextRelease.ts';
import { openWorld } from '../../test/orchestrations/world.ts';

const usersPerBatch = 100;

/** The calls to a storage account by service and kind, such as `batches Replace` or `blob PUT`. */
export type StorageCalls = Readonly<Record<string, number>>;

/**
 * Migrates so many batches of 100 users, and counts every call to a storage emulator from acceptance to summary. `instances`
 * processes take turns, each with what it remembers of its own calls.
 */
export async function ourStorageCalls(
  batches: number,
  instances: number,
  changes: object = {},
): Promise<{ readonly calls: StorageCalls; readonly total: number; readonly perUser: number }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'storage-calls-'));
  const azurite = await startAzurite({ dataDir });
  const calls: Record<string, number> = {};
  const count = (message: unknown): void => {
    const kind = kindOf((message as { readonly request: ClientRequest }).request);
    calls[kind] = (calls[kind] ?? 0) + 1;
  };
  try {
    const { connectionString } = azurite;
    const releases = Array.from({ length: instances }, () => {
      const stores = createStores({ kind: 'connectionString', connectionString });
      // The world's own stores are in memory.
      return { ...onlyRelease, stores: <S extends Stores>(own: S): S => ({ ...own, ...stores }) };
    });
    const checking = createStores({ kind: 'connectionString', connectionString });
    await checking.prepare();
    let turn = 0;
    const world = await openWorld({
      release: () => releases[(turn += 1) % instances] ?? onlyRelease,
    });
    subscribe('http.client.request.start', count);
    try {
      const id = await world.accept(batches * usersPerBatch, {
        completeAfterDateTime: new Date(world.clock.now() + 3 * 86_400_000).toISOString(),
        ...changes,
      });
      await world.engine.settle();
      unsubscribe('http.client.request.start', count);
      const phase = (await checking.migrations.get(id))?.phase;
      if (phase !== 'completed') throw new Error(`the migration ended as ${String(phase)}`);
    } finally {
      unsubscribe('http.client.request.start', count);
      await world.close();
    }
  } finally {
    await azurite.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
  const total = Object.values(calls).reduce((sum, one) => sum + one, 0);
  return { calls, total, perUser: total / (batches * usersPerBatch) };
}

/** What is called, without keys: `tasks GET one`, `tasks GET list`, `events POST batch`. */
function kindOf({ method, path }: ClientRequest): string {
  const name = /^\/devstoreaccount1\/([^/(?]*)/.exec(path)?.[1] ?? '';
  if (name === '$batch') return 'POST batch';
  return `${name} ${method}${path.includes('()') ? ' list' : ''}`;
}
