import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { lockDataDir } from '../stack/startStack.ts';

/** The help text of `npm run demo`. */
export const demoUsage = `Starts the local stack with a fast clock, runs the examples, shows their progress and results, and stops the stack.

  npm run demo -- [--json] [--speed 10000] [--timeout-seconds 120] [--data .local/demo]

  --json             print one JSON object with the counts to standard output, and everything else to standard error
  --speed            how many times faster than real time the stack's clock runs
  --timeout-seconds  the real time after which the demo fails
  --data             a new or empty folder for the records; the default folder is emptied first`;

const aboveZero = 'must be a number above 0';
const optionsSchema = z.strictObject({
  json: z.boolean().default(false),
  speed: z.coerce.number(aboveZero).positive(aboveZero).default(10_000),
  'timeout-seconds': z.coerce.number(aboveZero).positive(aboveZero).default(120),
  data: z.string().min(1).optional(),
  help: z.boolean().default(false),
});

export interface DemoOptions {
  readonly json: boolean;
  readonly speed: number;
  readonly timeoutSeconds: number;
  readonly dataDir: string;
  /** True for the default folder, which the demo may empty. */
  readonly ownsDataDir: boolean;
  readonly help: boolean;
}

/** Parses the command line. Throws a ZodError or the TypeError of parseArgs. */
export function demoOptions(args: readonly string[]): DemoOptions {
  const {
    json,
    speed,
    data,
    help,
    'timeout-seconds': timeoutSeconds,
  } = optionsSchema.parse(
    parseArgs({
      args: [...args],
      options: {
        json: { type: 'boolean' },
        speed: { type: 'string' },
        'timeout-seconds': { type: 'string' },
        data: { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values,
  );
  return {
    json,
    speed,
    timeoutSeconds,
    help,
    dataDir: data ?? join('.local', 'demo'),
    ownsDataDir: data === undefined,
  };
}

/** The given folder is not empty. */
export class DataDirNotEmptyError extends Error {
  override readonly name = 'DataDirNotEmptyError';

  constructor(dataDir: string) {
    super(
      `the folder ${dataDir} is not empty, and the demo needs an empty one: choose another folder with --data, or empty it`,
    );
  }
}

/**
 * Makes sure that the data folder is empty. Deletes the records of an earlier demo from the default folder.
 * @throws DataInUseError when a stack uses the default folder; DataDirNotEmptyError when another folder is not empty
 */
export function emptyDataDir(dataDir: string, owned: boolean): void {
  if (!existsSync(dataDir) || readdirSync(dataDir).length === 0) return;
  if (!owned) throw new DataDirNotEmptyError(dataDir);
  const release = lockDataDir(dataDir);
  release();
  rmSync(dataDir, { recursive: true });
}
