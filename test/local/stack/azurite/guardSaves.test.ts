import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TableClient, TableServiceClient } from '@azure/data-tables';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Azurite, startAzurite } from '../../../../local/stack/azurite/startAzurite.ts';
import { lossOf, reserveFile } from '../../../../local/stack/azurite/unsaved.ts';
import { temporaryDir } from '../../temporaryDir.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = temporaryDir();
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const options = { allowInsecureConnection: true };
const table = ({ connectionString }: Azurite): TableClient =>
  TableClient.fromConnectionString(connectionString, 'rows', options);

async function write(azurite: Azurite, count: number): Promise<void> {
  await TableServiceClient.fromConnectionString(azurite.connectionString, options).createTable(
    'rows',
  );
  for (let n = 0; n < count; n += 1)
    await table(azurite).createEntity({
      partitionKey: 'p',
      rowKey: String(n),
      text: 'x'.repeat(1_000),
    });
}

async function rowsAfterRestart(): Promise<number> {
  const azurite = await startAzurite({ dataDir });
  let count = 0;
  for await (const _ of table(azurite).listEntities()) count += 1;
  await azurite.stop();
  return count;
}

/** Starts Azurite on a disk that is full while the file `full` is there; until the reserve is given back, or for good. */
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

it(
  'Azurite on a full disk ends, says so once, and has saved everything that it has answered',
  { timeout: 60_000 },
  async () => {
    const { azurite, exited } = await startOnFullDisk(true);
    writeFileSync(join(dataDir, 'full'), '');
    await write(azurite, 30);
    const output = await exited;
    expect(output.match(/Azurite ends, because its disk is full/g)).toHaveLength(1);
    rmSync(join(dataDir, 'full'));
    expect(lossOf(dataDir)).toBeUndefined();
    expect(await rowsAfterRestart()).toBe(30);
  },
);

it(
  'Azurite that could not save what it has answered leaves word of it',
  { timeout: 60_000 },
  async () => {
    const { azurite, exited } = await startOnFullDisk(false);
    writeFileSync(join(dataDir, 'full'), '');
    await write(azurite, 3);
    await exited;
    expect(lossOf(dataDir)).toMatch(
      /^Storage may have lost (anything|what it had answered since \d{4}-\S+Z): it was killed, or its disk was full/,
    );
    rmSync(join(dataDir, 'full'));
    const again = await startAzurite({ dataDir });
    await again.stop();
    // Once told it is over.
    expect(lossOf(dataDir)).toBeUndefined();
  },
);

it(
  'Azurite that is stopped in order loses nothing, and keeps its reserve',
  { timeout: 60_000 },
  async () => {
    const azurite = await startAzurite({ dataDir });
    await write(azurite, 3);
    expect(lossOf(dataDir)).toBeDefined();
    await azurite.stop();
    expect([lossOf(dataDir), existsSync(join(dataDir, reserveFile))]).toEqual([undefined, true]);
    expect(await rowsAfterRestart()).toBe(3);
  },
);
