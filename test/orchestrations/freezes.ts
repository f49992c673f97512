import { acceptFreeze } from '../../shared/intake/freeze.ts';
import type { OnInvoked } from '../../local/functions-host/test/durable/engineHarness.ts';
import type { World } from './world.ts';

/** Freezes everything, as the function does. */
export const freeze = (world: World) =>
  acceptFreeze(
    { kind: 'freeze', by: 'ana@fabrikam.com', reason: 'the wrong users' },
    undefined,
    world.services,
  );

/** Lifts the freeze. */
export const unfreeze = (world: World) =>
  acceptFreeze(
    { kind: 'unfreeze', by: 'ana@fabrikam.com', reason: null },
    undefined,
    world.services,
  );

/** Freezes everything as soon as an activity has come to this answer for the first time. */
export function freezeAfter(
  world: () => World,
  name: string,
  holds: (answer: string, input: string) => boolean,
): OnInvoked {
  let asked: Promise<unknown> | undefined;
  return ({ functionName, inputData }, outcome) => {
    if (
      asked === undefined &&
      functionName === name &&
      outcome.ok &&
      holds(JSON.stringify(outcome.result), inputData[0]?.data.string ?? '')
    )
      asked = freeze(world());
  };
}
