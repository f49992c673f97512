import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { contradictions, rowCount } from './register.ts';

it('every row of the register has its two variants, and a test of both', () => {
  const rows = Array.from({ length: rowCount }, (_, n) => n + 1);
  expect(contradictions.map(({ row }) => row)).toEqual(rows);
  for (const { variants } of contradictions) expect(new Set(variants).size).toBe(2);
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test.ts'));
  const tested = files.flatMap((name) =>
    [
      ...readFileSync(join(import.meta.dirname, name), 'utf8').matchAll(
        /^contradiction\((\d+), /gm,
      ),
    ].map((match) => Number(match[1])),
  );
  expect(tested.toSorted((a, b) => a - b)).toEqual(rows);
});
