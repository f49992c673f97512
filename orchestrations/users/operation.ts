import type { OrchestrationContext } from 'durable-functions';
import {
  operationInputSchema,
  type OperationResult,
  type OperationState,
} from '../../shared/contracts/internal/operations.ts';
import { handleCommands } from '../commands/handleCommands.ts';
import {
  type TryResult,
  clearUnexpectedError,
  StepFailure,
  type Steps,
  Superseded,
  noteUnexpectedError,
  wait,
  waitForWakeUp,
} from '../durable/steps.ts';
import { createOperation, stoppedMeanwhile } from './jobCreation.ts';
import { findPreviousJobOperation } from './previousJob.ts';
import { recordOperation } from './recordOutcomes.ts';
import { sendOperation } from './sendAction.ts';

// On Azure, a timer may fire up to a second early.
const earlySeconds = 1;

/**
 * Repeats an operation that its first tries did not complete: one try per generation, with commands
 * handled in between. Ends with the result or with a verdict.
 */
export function* operation(context: OrchestrationContext): Steps<OperationResult | undefined> {
  const { state, tries, isTroubled, notBeforeMs } = operationInputSchema.parse(
    context.df.getInput(),
  );
  try {
    // Before there is a job, the create operation handles commands itself.
    const handled = 'jobId' in state ? yield* handleCommands(context, state, state, null) : null;
    if (handled?.isMore === true) {
      context.df.continueAsNew({ state, tries, isTroubled, notBeforeMs });
      return undefined;
    }
    // The operation begins with a read, so Graph's wait applies to it too.
    if (handled?.isAsked === true) yield* wait(context, handled.waitSeconds ?? 0);
    const nowMs = context.df.currentUtcDateTime.getTime();
    if (nowMs < notBeforeMs) {
      // A command woke the operation before its next try is due.
      const stopped = state.kind === 'create' ? yield* stoppedMeanwhile(context, state) : null;
      if (stopped !== null) return { ok: true, value: stopped };
      // Continue-as-new delivers a received event again. A generation that does not handle commands
      // must not wait for events, or it would never end.
      const handlesCommands = 'jobId' in state || (state.kind === 'create' && !state.mayHaveJob);
      yield* (handlesCommands ? waitForWakeUp : wait)(context, (notBeforeMs - nowMs) / 1000);
      context.df.continueAsNew({ state, tries, isTroubled, notBeforeMs });
      return undefined;
    }
    const tried = yield* tryOnce(context, state, tries + 1);
    if (isTroubled) yield* clearUnexpectedError(context, state);
    if (tried.kind === 'done') return { ok: true, value: tried.value };
    const dueMs = context.df.currentUtcDateTime.getTime() + tried.seconds * 1000;
    if (tried.seconds > 0) yield* waitForWakeUp(context, tried.seconds);
    context.df.continueAsNew({
      state: tried.state,
      tries: tries + 1,
      notBeforeMs: dueMs - earlySeconds * 1000,
    });
    return undefined;
  } catch (error) {
    if (error instanceof StepFailure || error instanceof Superseded)
      return { ok: false, reason: error.message };
    yield* noteUnexpectedError(context, state, error);
    context.df.continueAsNew({ state, tries, isTroubled: true });
    return undefined;
  }
}

function tryOnce(
  context: OrchestrationContext,
  state: OperationState,
  tries: number,
): Steps<TryResult<unknown, OperationState>> {
  switch (state.kind) {
    case 'create':
      return createOperation.once(context, state, tries);
    case 'findPrevious':
      return findPreviousJobOperation.once(context, state, tries);
    case 'send':
      return sendOperation.once(context, state, tries);
    case 'record':
      return recordOperation.once(context, state, tries);
  }
}
