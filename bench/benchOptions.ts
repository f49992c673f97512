import { parseArgs } from 'node:util';
import { z } from 'zod';

/** What `npm run bench` takes. */
export const benchUsage = `Measures the app and its baselines, and prints which targets are reached.

  npm run bench -- [NAME …] [--rounds 5] [--docs]

  NAME      the benches to run; all by default
  --rounds  how often each side is measured, in turn
  --docs    only writes the last results into docs/scaling.md, as a run of all benches does at its end`;

const above = 'must be a whole number above 0';
const optionsSchema = z.strictObject({
  rounds: z.coerce.number(above).int(above).min(1, above).default(5),
  docs: z.boolean().default(false),
  help: z.boolean().default(false),
});

export interface BenchOptions {
  /** Empty for all. */
  readonly names: readonly string[];
  readonly rounds: number;
  readonly docs: boolean;
  readonly help: boolean;
}

/** Parses the command line; throws a ZodError, parseArgs' TypeError, or an Error for a name that no bench has. */
export function benchOptions(args: readonly string[], known: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { rounds: { type: 'string' }, docs: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  const unknown = positionals.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new Error(`there is no bench ${unknown.join(', ')}; there are ${known.join(', ')}`);
  const { rounds, docs, help } = optionsSchema.parse(values);
  return { names: positionals, rounds, docs, help };
}
