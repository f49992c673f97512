import { readScenario } from '../../local/graph-emulator/index.ts';
import { exampleScenario } from './testStack.ts';

/** Whom the examples' scenario lets fail for good: outcome and codes, by the user's id. */
export function expectedFailures(): ReadonlyMap<
  string,
  { readonly outcome: 'invalid' | 'failed'; readonly codes: readonly string[] }
> {
  return new Map(
    readScenario(exampleScenario)
      .users.filter(({ failedTimes }) => failedTimes === undefined)
      .map(({ id, invalid, failed }) => [
        id,
        {
          outcome: invalid === undefined ? 'failed' : 'invalid',
          codes: [...new Set((invalid ?? failed ?? []).map(({ code }) => code))],
        },
      ]),
  );
}
