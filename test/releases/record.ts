import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { storedVersions, storeRelease } from './storedReleases.ts';

const usage = `Stores the built app as the release of this version, for the tests of deployments between releases.

  npm run record-release [-- --replace]

  --replace  stores a version again that has not been released`;

const packageSchema = z.looseObject({ version: z.string().regex(/^\d+\.\d+\.\d+(-[a-z0-9.]+)?$/) });

function main(): number {
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
  if (storedVersions().includes(version) && !replace) {
    console.error(
      `there is a bundle of ${version}: raise the version in package.json, or say --replace while it is not released`,
    );
    return 1;
  }
  const { dir, bytes } = storeRelease(version);
  console.log(`${version}: ${String(Math.ceil(bytes / 1024))} KB in ${dir}`);
  return 0;
}

process.exitCode = main();
