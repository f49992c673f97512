import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { lockDataDir } from '../stack/startStack.ts';

/** What `npm run demo` takes. */
export const demoUsage = `Brings the local stack up at speed, sends the examples, shows how they fare, and stops it again.

  npm run demo -- [--json] [--speed 10000] [--timeout-seconds 120] [--data .local/demo]

  --json             the last line on standard output is one JSON object with the counts; all else goes to standard error
  --speed            how many times as fast as real time the stack's clock runs
  --timeout-seconds  real seconds after which the demo gives up
  --data             an empty or absent folder for the records; the default one is emptied first`;

const above = 'must be a number above 0';
const optionsSchema = z.strictObject({
  json: z.boolean().default(false),
  speed: z.coerce.number(above).positive(above).default(10_000),
  'timeout-seconds': z.coerce.number(above).positive(above).default(120),
  data: z.string().min(1).optional(),
  help: z.boolean().default(false),
});

export interface DemoOptions {
  readonly json: boolean;
  readonly speed: number;
  readonly timeoutSeconds: number;
  readonly dataDir: string;
  /** The folder is the demo's own: what an earlier one left in it may go. */
  readonly ownsDataDir: boolean;
  readonly help: boolean;
}

/** Parses the command line; throws a ZodError or parseArgs' TypeError. */
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

/** The folder that was given for the demo's records holds something. */
export class DataDirNotEmptyError extends Error {
  override readonly name = 'DataDirNotEmptyError';

  constructor(dataDir: string) {
    super(
      `the folder ${dataDir} is not empty: the demo starts from nothing; choose another one with --data, or empty it`,
    );
  }
}

/**
 * Makes sure that the demo starts from nothing. What an earlier demo left in the demo's own folder is deleted, unless its
 * stack still runs (DataInUseError); in anybody else's folder nothing is (DataDirNotEmptyError).
 */
export function emptyDataDir(dataDir: string, owned: boolean): void {
  if (!existsSync(dataDir) || readdirSync(dataDir).length === 0) return;
  if (!owned) throw new DataDirNotEmptyError(dataDir);
  lockDataDir(dataDir);
  rmSync(dataDir, { recursive: true });
}
