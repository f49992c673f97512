import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';

const packageSchema = z.looseObject({ version: z.string().regex(/^\d+\.\d+\.\d+(-[a-z0-9.]+)?$/) });

/**
 * Reads the options of a command that records something of this version. Returns the version, or the exit code if there is nothing to record: the
 * usage was asked for, or the version is recorded and `--replace` is not given.
 * @param what what the command records, for the error
 */
export function versionToRecord(
  what: string,
  usage: string,
  recorded: readonly string[],
): string | number {
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
    JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8')),
  );
  if (recorded.includes(version) && !replace) {
    console.error(
      `there ${what} of ${version}: raise the version in package.json, or say --replace while it is not released`,
    );
    return 1;
  }
  return version;
}
