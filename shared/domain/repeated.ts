import type { ProblemField } from '../contracts/problem.ts';

/** A bad field for every entry of `list` whose key an earlier one has; `noun` is what two entries have in common. Null keys are passed over. */
export function* repeated(
  list: string,
  noun: string,
  keys: Iterable<string | null>,
): Generator<ProblemField> {
  const firstIndex = new Map<string, number>();
  let index = -1;
  for (const key of keys) {
    index += 1;
    if (key === null) continue;
    const first = firstIndex.get(key);
    if (first === undefined) firstIndex.set(key, index);
    else
      yield {
        path: `${list}[${String(index)}]`,
        message: `the same ${noun} as ${list}[${String(first)}]; name every ${noun} once`,
      };
  }
}
