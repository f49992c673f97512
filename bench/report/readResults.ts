import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const resultsDir = join(import.meta.dirname, '..', 'results');
const spreadSchema = z.object({
  median: z.number().nullable(),
  min: z.number().nullable(),
  max: z.number().nullable(),
  values: z.array(z.number().nullable()),
});
const resultSchema = z.object({
  name: z.string(),
  measuredAt: z.string(),
  machine: z.object({
    processor: z.string(),
    cores: z.number(),
    memoryGiB: z.number(),
    system: z.string(),
    node: z.string(),
    loadBefore: z.number(),
  }),
  targets: z.array(
    z.object({
      figure: z.string(),
      against: z.string().optional(),
      target: z.string(),
      value: z.number().nullable(),
      reached: z.boolean(),
    }),
  ),
  measured: z.record(z.string(), z.record(z.string(), spreadSchema)),
});

/** What `bench/results/<name>.json` holds. */
export type Result = z.infer<typeof resultSchema>;

/** The last results of the benches that have been run, in the order of `names`. */
export function readResults(names: readonly string[]): readonly Result[] {
  return names
    .map((name) => join(resultsDir, `${name}.json`))
    .filter((file) => existsSync(file))
    .map((file) => resultSchema.parse(JSON.parse(readFileSync(file, 'utf8'))));
}
