import { expect, it } from 'vitest';
import { conformanceCases, testNameOf } from './cases.ts';

/** The test of a case: named by its number and statement, and failed when it asserts nothing. */
export function conformanceCase(number: number, body: () => Promise<void>): void {
  const found = conformanceCases.find((one) => one.number === number);
  if (found === undefined) throw new RangeError(`there is no case ${String(number)}`);
  it(testNameOf(found), async () => {
    expect.hasAssertions();
    await body();
  });
}
