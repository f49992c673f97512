import type { OrchestrationContext } from 'durable-functions';
import { operationInstanceId } from '../../shared/contracts/ids.ts';
import { inSight, type JobRef, type OwnedBatch } from '../../shared/contracts/internal/batch.ts';
import {
  type ActionName,
  type Created,
  createdSchema,
  type FoundPrevious,
  foundPreviousSchema,
  type OperationInput,
  operationInputSchema,
  type OperationResult,
  operationResultSchema,
  type OperationState,
  type Recorded,
  recordedSchema,
  type RecordState,
  type SendResult,
  sendResultSchema,
} from '../../shared/contracts/internal/operations.ts';
import {
  type RecordStage,
  recordTasksResultSchema,
} from '../../shared/contracts/internal/users.ts';
import { orchestrationPolicy } from '../../shared/domain/policies.ts';
import { notSeen } from '../../shared/domain/polling.ts';
import { handleCommands } from '../commands/handleCommands.ts';
import {
  call,
  clearUnexpectedError,
  noteUnexpectedError,
  StepFailure,
  type Steps,
  Superseded,
  type TryResult,
  wait,
  waitForWakeUp,
} from '../durable/steps.ts';
import { activities, orchestrators } from '../names.ts';
import { stoppedMeanwhile, tryCreate, tryFindPrevious } from './jobCreation.ts';
import { trySend } from './sendAction.ts';
import { judgeUnseen } from './watchJob.ts';

const { maxTriesOfCaller } = orchestrationPolicy;

/** Creates the one job of an attempt, or finds the one that an earlier try has created. */
export function* createJob(
  context: OrchestrationContext,
  { migrationId, batchId, owner }: OwnedBatch,
  attempt: number,
): Steps<Created> {
  const value = yield* runOperation(context, {
    kind: 'create',
    migrationId,
    batchId,
    owner,
    attempt,
    mayHaveJob: false,
    hadUnknownCreate: false,
    isKnown: false,
    refusal: null,
    lookUps: 0,
    mismatches: 0,
    sight: inSight,
  });
  return createdSchema.parse(value);
}

/**
 * Looks up the job that an unanswered create of the previous run may have created. Returns its id,
 * or null if there is none.
 */
export function* findPreviousJob(
  context: OrchestrationContext,
  { migrationId, batchId, owner }: OwnedBatch,
): Steps<FoundPrevious> {
  const value = yield* runOperation(context, {
    kind: 'findPrevious',
    migrationId,
    batchId,
    owner,
    lookUps: 0,
    mismatches: 0,
    sight: inSight,
  });
  return foundPreviousSchema.parse(value);
}

/**
 * Sends an action to a job until Graph accepts it or the job's status forbids it.
 * @param refusals the count from the previous `notSeen` result, so that the action is not sent to
 * the same job forever
 */
export function* sendAction(
  context: OrchestrationContext,
  { migrationId, batchId, owner, jobId }: JobRef,
  action: ActionName,
  refusals = 0,
): Steps<SendResult> {
  const value = yield* runOperation(context, {
    kind: 'send',
    migrationId,
    batchId,
    owner,
    jobId,
    action,
    isRefused: false,
    refusals,
    undocumentedChecks: 0,
    notFounds: 0,
  });
  return sendResultSchema.parse(value);
}

/**
 * Records the outcomes of a job's users. Returns false if Graph did not report the users until 30
 * days after the cutover date; users without an outcome then have the outcome `unknown`.
 * @param jobStatus the status with which the job has ended; null if it has not ended
 */
export function* record(
  context: OrchestrationContext,
  { migrationId, batchId, owner, jobId }: JobRef,
  stage: RecordStage,
  jobStatus: string | null,
): Steps<Recorded> {
  const value = yield* runOperation(context, {
    kind: 'record',
    migrationId,
    batchId,
    owner,
    jobId,
    stage,
    jobStatus,
    sight: inSight,
  });
  return recordedSchema.parse(value);
}

/**
 * Repeats an operation until Graph gives a result. The caller makes the first tries. Later ones run
 * in a sub-orchestration, one per generation, so that the history of the caller does not grow with
 * them. Their number is unlimited: only a verdict ends an operation early.
 */
function* runOperation(context: OrchestrationContext, first: OperationState): Steps<unknown> {
  let state = first;
  for (let tries = 1; tries <= maxTriesOfCaller; tries += 1) {
    const tried = yield* tryOnce(context, state, tries);
    if (tried.kind === 'done') return tried.value;
    ({ state } = tried);
    if (tried.seconds > 0) yield* wait(context, tried.seconds);
  }
  const input: OperationInput = { state, tries: maxTriesOfCaller };
  // Time has passed since the caller's previous operation, so the current instant makes the id
  // unique.
  const instanceId = operationInstanceId(
    context.df.instanceId,
    context.df.currentUtcDateTime.getTime(),
  );
  const result = operationResultSchema.parse(
    yield context.df.callSubOrchestrator(orchestrators.operation, input, instanceId),
  );
  if (!result.ok) throw new StepFailure(result.reason);
  return result.value;
}

/**
 * Repeats an operation that its first tries did not complete: one try per generation, with commands
 * handled in between. Ends with the result or with a verdict. The batch's row shows meanwhile which
 * operation is repeated, since when, and Graph's last response.
 */
export function* operation(context: OrchestrationContext): Steps<OperationResult | undefined> {
  const input = operationInputSchema.parse(context.df.getInput());
  const { state, tries, isTroubled, notBeforeMs } = input;
  try {
    // Before there is a job, the create operation handles commands itself.
    const handled = 'jobId' in state ? yield* handleCommands(context, state, state, null) : null;
    if (handled?.isMore === true) {
      context.df.continueAsNew(input);
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
      context.df.continueAsNew(input);
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
      notBeforeMs: dueMs - orchestrationPolicy.earlyTimerSeconds * 1000,
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

/** Makes one try of an operation. `tries` counts from 1. */
function tryOnce(
  context: OrchestrationContext,
  state: OperationState,
  tries: number,
): Steps<TryResult<unknown, OperationState>> {
  switch (state.kind) {
    case 'create':
      return tryCreate(context, state, tries);
    case 'findPrevious':
      return tryFindPrevious(context, state);
    case 'send':
      return trySend(context, state, tries);
    case 'record':
      return tryRecord(context, state, tries);
  }
}

function* tryRecord(
  context: OrchestrationContext,
  state: RecordState,
  tries: number,
): Steps<TryResult<Recorded, RecordState>> {
  const { migrationId, batchId, owner, jobId, stage, jobStatus } = state;
  const isConfirmed = notSeen(state.sight, {
    nowMs: context.df.currentUtcDateTime.getTime(),
    askedSeconds: 0,
    isAbsent: state.sight.absentSinceMs !== null,
    completeAfterMs: null,
  }).isGone;
  const recorded = yield* call(
    context,
    activities.recordTasks,
    {
      migrationId,
      batchId,
      owner,
      jobId,
      stage,
      lastStatusHash: null,
      jobStatus,
      isConfirmed,
      delayed: tries > 1,
    },
    recordTasksResultSchema,
  );
  if (recorded.kind === 'done') return { kind: 'done', value: true };
  const next = yield* judgeUnseen(context, state, jobId, recorded);
  if (next.isOver && !recorded.isAbsent) return { kind: 'done', value: false };
  return {
    kind: 'again',
    state: { ...state, sight: next.sight },
    // Once the job is gone, the next try records every user.
    seconds: next.isGone ? 0 : next.seconds,
  };
}
