import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { recordedVersions, writeHistories } from './histories.ts';
import { recordHistories } from './recordHistories.ts';
import { recordings } from './recordings.ts';

const usage = `Records the histories of this version for the replay tests, from migrations on the emulator alone.

  npm run record-histories [-- --replace]

  --replace  records a version anew that has not been released; those of a released one stay as they are`;

const packageSchema = z.looseObject({ version: z.string().regex(/^\d+\.\d+\.\d+(-[a-z0-9.]+)?$/) });

async function main(): Promise<number> {
  const { replace, help } = parseArgs({
    options: {
      replace: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }).values;
  if (help) {
    console.log(usage);
    return 0;
  }
  const { version } = packageSchema.parse(
    JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8')),
  );
  if (recordedVersions().includes(version) && !replace) {
    console.error(
      `there are histories of ${version}: raise the version in package.json, or say --replace while it is not released`,
    );
    return 1;
  }
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
