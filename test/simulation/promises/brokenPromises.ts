import { auditTrailHolds } from './auditTrailHolds.ts';
import { commandsAreAnswered } from './commandsAreAnswered.ts';
import { everyRequestEnds } from './everyRequestEnds.ts';
import { type Evidence, gather, type Promised } from './evidence.ts';
import { freezesHold } from './freezesHold.ts';
import { graphIsSpared } from './graphIsSpared.ts';
import { hostIsSound } from './hostIsSound.ts';
import { moveCommandsAreTrue } from './moveCommandsAreTrue.ts';
import { movesAreTrue } from './movesAreTrue.ts';
import { noIllegalCall } from './noIllegalCall.ts';
import { noUnwantedStep } from './noUnwantedStep.ts';
import { nobodyMovesTwice } from './nobodyMovesTwice.ts';
import { oneJobPerBatch } from './oneJobPerBatch.ts';
import { oneTaskPerMove } from './oneTaskPerMove.ts';
import { outcomesAreTrue } from './outcomesAreTrue.ts';
import { replaysAreTrue } from './replaysAreTrue.ts';
import { rowsAreKept } from './rowsAreKept.ts';
import { sumsAreTrue } from './sumsAreTrue.ts';
import { unknownIsTrue } from './unknownIsTrue.ts';

/** The promises by name; each one is checked after every run. */
const promises: Readonly<Record<string, Promised>> = {
  'every request ends': everyRequestEnds,
  'outcomes are true': outcomesAreTrue,
  'unknown is true': unknownIsTrue,
  'nobody moves twice': nobodyMovesTwice,
  'sums are true': sumsAreTrue,
  'one job per batch': oneJobPerBatch,
  'moves are true': movesAreTrue,
  'one task per move': oneTaskPerMove,
  'no illegal call': noIllegalCall,
  'no unwanted step': noUnwantedStep,
  'freezes hold': freezesHold,
  'Graph is spared': graphIsSpared,
  'commands are answered': commandsAreAnswered,
  'commands of moves are true': moveCommandsAreTrue,
  'replays are true': replaysAreTrue,
  'the audit trail holds': auditTrailHolds,
  'rows are kept': rowsAreKept,
  'the host is sound': hostIsSound,
};

/** Every promise that a run has broken, as `promise: what happened`. */
export async function brokenPromises(run: Parameters<typeof gather>[0]): Promise<string[]> {
  const evidence: Evidence = await gather(run);
  return Object.entries(promises).flatMap(([name, promised]) =>
    [...promised(evidence)].map((sentence) => `${name}: ${sentence}`),
  );
}
