import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { isMechanism, type Mechanism, mechanismNames } from './sabotage.ts';

/** What `npm run simulate` takes. */
export const usage = `Simulates whole migrations with faults, commands and crashes, and checks the app's promises after every run.

  npm run simulate -- [--seed N] [--runs 1000] [--workers N] [--trace] [--early] [--off "<mechanism>"]

  --seed     the seed of the first run; each further run has the next one; by default a random one
  --runs     how many runs
  --workers  how many threads share them; by default as many as the machine has cores, at most 8
  --trace    prints what happened in every run, not only in a failing one
  --early    lets every durable timer fire up to a second before its due time, as on Azure
  --off      switches off a mechanism of the app, to show that the checks work; "all": each in turn, until a check fails:
${mechanismNames.map((name) => `               ${name}`).join('\n')}`;

const count = z.coerce.number('must be a whole number above 0').int().positive();
const optionsSchema = z.strictObject({
  seed: z.coerce.number('must be a whole number').int().min(0).optional(),
  runs: count.default(1_000),
  workers: count.default(Math.max(1, Math.min(8, availableParallelism()))),
  trace: z.boolean().default(false),
  early: z.boolean().default(false),
  off: z
    .string()
    .refine((name) => name === 'all' || isMechanism(name), {
      error: 'is no mechanism; --help names them',
    })
    .optional(),
  help: z.boolean().default(false),
});

export interface SimulationOptions {
  readonly seed: number;
  readonly runs: number;
  readonly workers: number;
  readonly trace: boolean;
  readonly early: boolean;
  readonly off: Mechanism | 'all' | null;
  readonly help: boolean;
}

/** Parses the command line; throws a ZodError or parseArgs' TypeError. */
export function simulationOptions(args: readonly string[]): SimulationOptions {
  const { seed, off, ...options } = optionsSchema.parse(
    parseArgs({
      args: [...args],
      options: {
        seed: { type: 'string' },
        runs: { type: 'string' },
        workers: { type: 'string' },
        trace: { type: 'boolean' },
        early: { type: 'boolean' },
        off: { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values,
  );
  return {
    ...options,
    seed: seed ?? freshSeed(),
    off: off === undefined ? null : isMechanism(off) ? off : 'all',
  };
}

/** A seed that nobody has had before. */
export function freshSeed(): number {
  return Date.now() % 1_000_000_000;
}
