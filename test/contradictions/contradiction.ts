import { expect, it } from 'vitest';
import { contradictions } from './register.ts';

export type Variant = 1 | 2;

/** The two tests of a contradiction, one for each variant, named by its number; each fails when it asserts nothing. */
export function contradiction(row: number, body: (variant: Variant) => Promise<void>): void {
  const found = contradictions.find((one) => one.row === row);
  if (found === undefined) throw new RangeError(`there is no contradiction ${String(row)}`);
  for (const variant of [1, 2] as const) {
    it(
      `row ${String(row)}, variant ${String(variant)}: ${found.topic}: ${found.variants[variant - 1] ?? ''}`,
      { timeout: 60_000 },
      async () => {
        expect.hasAssertions();
        await body(variant);
      },
    );
  }
}
