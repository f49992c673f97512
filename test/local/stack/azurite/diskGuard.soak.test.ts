import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TableClient } from '@azure/data-tables';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Azurite, startAzurite } from '../../../../local/stack/azurite/startAzurite.ts';
import {
  reserveFile,
  unsavedWritesWarning,
} from '../../../../local/stack/azurite/unsavedWrites.ts';
import { temporaryDir } from '../../temporaryDir.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = temporaryDir();
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const table = ({ connectionString }: Azurite): TableClient =>
  TableClient.fromConnectionString(connectionString, 'rows', {
    allowInsecureConnection: true,
    retryOptions: { maxRetries: 0 },
  });

/** Writes rows until Azurite has ended. Returns the number of confirmed rows. */
async function writeUntilEnd(rows: TableClient, exited: Promise<unknown>): Promise<number> {
  for (let confirmed = 0; ; confirmed += 1) {
    try {
      await rows.createEntity({ partitionKey: 'p', rowKey: String(confirmed) });
    } catch {
      // Azurite accepts no connection after its last response.
      await exited;
      return confirmed;
    }
  }
}

/** Starts Azurite on a disk that is full while the file `full` exists: until the reserve is freed (`helps`), or for good. */
async function startOnFullDisk(
  helps: boolean,
): Promise<{ readonly azurite: Azurite; readonly exited: Promise<string> }> {
  vi.stubEnv('NODE_OPTIONS', `--import ${new URL('fullDisk.ts', import.meta.url).href}`);
  vi.stubEnv('FULL_DISK', join(dataDir, 'full'));
  if (helps) vi.stubEnv('FULL_DISK_RESERVE', join(dataDir, reserveFile));
  const { promise: exited, resolve } = Promise.withResolvers<string>();
  const azurite = await startAzurite({ dataDir, onExit: (_, output) => resolve(output) });
  vi.unstubAllEnvs();
  return { azurite, exited };
}

it('Azurite on a full disk ends, reports it once, and has saved every confirmed write', async () => {
  const { azurite, exited } = await startOnFullDisk(true);
  await table(azurite).createTable();
  writeFileSync(join(dataDir, 'full'), '');
  const confirmed = await writeUntilEnd(table(azurite), exited);
  expect((await exited).match(/Azurite ends because its disk is full/g)).toHaveLength(1);
  expect(confirmed).toBeGreaterThan(0);
  rmSync(join(dataDir, 'full'));
  expect(unsavedWritesWarning(dataDir)).toBeUndefined();

  const again = await startAzurite({ dataDir });
  const keys = new Set<string>();
  for await (const { rowKey } of table(again).listEntities()) keys.add(rowKey ?? '');
  await again.stop();
  expect(Array.from({ length: confirmed }, (_, n) => String(n)).every((key) => keys.has(key))).toBe(
    true,
  );
});

it('Azurite that could not save its data causes a warning until it is stopped in order', async () => {
  const { azurite, exited } = await startOnFullDisk(false);
  await table(azurite).createTable();
  writeFileSync(join(dataDir, 'full'), '');
  await writeUntilEnd(table(azurite), exited);
  expect(unsavedWritesWarning(dataDir)).toMatch(
    /^Warning: Azurite ended .*disk was full\. (All writes|Writes after \d{4}-\S+Z) may be missing\./,
  );
  rmSync(join(dataDir, 'full'));

  const again = await startAzurite({ dataDir });
  expect(unsavedWritesWarning(dataDir)).toBeDefined();
  await again.stop();
  expect(unsavedWritesWarning(dataDir)).toBeUndefined();
  expect(existsSync(join(dataDir, reserveFile))).toBe(true);
});
