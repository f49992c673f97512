import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { ProgrammeShape } from './programme.ts';

/** What `npm run simulate -- --scale` takes. */
export const scaleUsage = `A programme at scale: 20 migrations of N users in all, over simulated weeks, and its timeline.

  npm run simulate -- --scale 50000 [--seed 1] [--throttled 0.01] [--prices FILE] [--json FILE]

  --scale      how many users, from 20 on
  --seed       the same seed prints the same timeline
  --throttled  the share of Graph calls that is refused with 429
  --prices     what operations cost, with the keys of examples/prices.json; by default quantities only
  --json       the file for all counts, as JSON`;

const migrations = 20;

const optionsSchema = z.strictObject({
  scale: z.coerce
    .number('must be a whole number')
    .int('must be a whole number')
    .min(migrations, `must be at least ${String(migrations)}: a user for each migration`),
  seed: z.coerce
    .number('must be a whole number')
    .int('must be a whole number')
    .min(0, 'must not be below 0')
    .default(1),
  throttled: z.coerce
    .number('must be a share')
    .min(0, 'must not be below 0')
    .max(0.5, 'must not be above 0.5')
    .default(0.01),
  prices: z.string().optional(),
  json: z.string().optional(),
});

export interface ScaleOptions {
  readonly shape: ProgrammeShape;
  readonly pricesFile: string | null;
  readonly jsonFile: string | null;
}

/** True when the command line asks for a programme. */
export function asksForScale(args: readonly string[]): boolean {
  return args.some((argument) => /^--scale(=|$)/.test(argument));
}

/** Parses the command line; throws a TypeError that names what is wrong. */
export function scaleOptions(args: readonly string[]): ScaleOptions {
  const given = parseArgs({
    args: [...args],
    options: {
      scale: { type: 'string' },
      seed: { type: 'string' },
      throttled: { type: 'string' },
      prices: { type: 'string' },
      json: { type: 'string' },
    },
  }).values;
  const parsed = optionsSchema.safeParse(given);
  if (!parsed.success)
    throw new TypeError(
      parsed.error.issues.map(({ path, message }) => `--${path.join('.')} ${message}`).join('\n'),
    );
  const { scale, seed, throttled, prices, json } = parsed.data;
  return {
    shape: {
      seed,
      users: scale,
      migrations,
      throttled,
      acceptEveryHours: 8,
      leadDays: { min: 2.5, max: 7 },
      syncDays: { min: 0.5, max: 3 },
    },
    pricesFile: prices ?? null,
    jsonFile: json ?? null,
  };
}
