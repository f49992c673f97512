import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { versionToRecord } from '../versionToRecord.ts';
import { recordedVersions, writeHistories } from './histories.ts';
import { recordHistories } from './recordHistories.ts';
import { recordings } from './recordings.ts';

const usage = `Records the histories of this version for the replay tests, from migrations on the emulator alone.

  npm run record-histories [-- --replace]

  --replace  records a version anew that has not been released; those of a released one stay as they are`;

async function main(): Promise<number> {
  const version = versionToRecord('are histories', usage, recordedVersions());
  if (typeof version === 'number') return version;
  const histories = await recordHistories(recordings);
  const folder = writeHistories(version, histories);
  const bytes = readdirSync(folder).reduce(
    (sum, file) => sum + statSync(join(folder, file)).size,
    0,
  );
  const executions = [...histories.values()].flat().length;
  console.log(
    `${version}: ${String(executions)} executions of ${String(histories.size)} kinds of migrations, ${String(Math.ceil(bytes / 1024))} KB in ${folder}`,
  );
  return 0;
}

process.exitCode = await main();
