import type { OrchestrationContext } from 'durable-functions';
import type { z } from 'zod';
import { inSight } from '../../shared/contracts/internal/batch.ts';
import {
  type Created,
  type CreateState,
  type FindPreviousState,
  type FoundPrevious,
} from '../../shared/contracts/internal/operations.ts';
import {
  createJobResultSchema,
  findJobResultSchema,
} from '../../shared/contracts/internal/users.ts';
import { jobPolicy } from '../../shared/domain/policies.ts';
import { checkClearance } from '../commands/checkpoint.ts';
import {
  type TryResult,
  call,
  backoffSeconds,
  StepFailure,
  type Steps,
  wait,
} from '../durable/steps.ts';
import { activities } from '../names.ts';
import { judgeUnseen } from './watchJob.ts';

type Try = TryResult<Created, CreateState>;
type Found = z.infer<typeof findJobResultSchema>;

/**
 * Tries to create the one job of an attempt. The job's name is derived from its content. After a
 * create without a response, the job is looked up by that name until it is certain whether it
 * exists. Only then is the create repeated.
 */
export function* tryCreate(
  context: OrchestrationContext,
  before: CreateState,
  tries: number,
): Steps<Try> {
  const { migrationId, batchId, owner, attempt } = before;
  let state = before;
  if (!state.mayHaveJob) {
    // While no job can exist, a command that stops the batch is still in time.
    if (tries > 1) {
      const found = yield* findUnansweredCreate(context, state);
      if (found !== null && found.kind !== 'notFound')
        return yield* judge(context, { ...state, mayHaveJob: true }, tries, found);
      const checked = yield* checkClearance(context, { migrationId, batchId, owner });
      if (checked.kind === 'stop')
        return { kind: 'done', value: { kind: 'stopped', reason: checked.reason } };
      if (checked.kind === 'wait') return { kind: 'again', state, seconds: checked.seconds };
    }
    const created = yield* call(
      context,
      activities.createJob,
      { migrationId, batchId, owner, attempt, tries },
      createJobResultSchema,
    );
    switch (created.kind) {
      case 'done':
        return { kind: 'done', value: { kind: 'job', jobId: created.jobId } };
      case 'noUsers':
        return { kind: 'done', value: created };
      case 'frozen':
        // The next try begins with the checkpoint, which waits until the freeze is lifted.
        return { kind: 'again', state, seconds: 0 };
      case 'retryAfter':
        return { kind: 'again', state, seconds: backoffSeconds(tries, created.seconds) };
      default:
        state = afterUnknownCreate(state, created.kind, created.reason);
    }
    if (created.kind === 'unknown' && created.seconds > 0) yield* wait(context, created.seconds);
  }
  return yield* judge(context, state, tries, yield* find(context, state));
}

/**
 * Handles commands while a create waits for its next try. Returns a result if a command has stopped
 * the batch. Commands wait as long as there may be a job.
 */
export function* stoppedMeanwhile(
  context: OrchestrationContext,
  state: CreateState,
): Steps<Created | null> {
  const { migrationId, batchId, owner, mayHaveJob } = state;
  if (mayHaveJob) return null;
  const found = yield* findUnansweredCreate(context, state);
  if (found !== null && found.kind !== 'notFound') return null;
  const checked = yield* checkClearance(context, { migrationId, batchId, owner });
  return checked.kind === 'stop' ? { kind: 'stopped', reason: checked.reason } : null;
}

function afterUnknownCreate(
  state: CreateState,
  kind: 'exists' | 'unknown' | 'rejected',
  reason: string,
): CreateState {
  return {
    ...state,
    mayHaveJob: true,
    hadUnknownCreate: state.hadUnknownCreate || kind === 'unknown',
    isKnown: state.isKnown || kind === 'exists',
    refusal: kind === 'rejected' ? reason : null,
    lookUps: 0,
    mismatches: 0,
  };
}

/**
 * Looks up the job of a create without a response, because an instance that stood still may have
 * sent the create since. Returns null if every create had a response.
 */
function* findUnansweredCreate(
  context: OrchestrationContext,
  state: CreateState,
): Steps<Found | null> {
  return state.hadUnknownCreate ? yield* find(context, state) : null;
}

function find(
  context: OrchestrationContext,
  { migrationId, batchId, owner, attempt }: CreateState,
): Steps<Found> {
  return call(
    context,
    activities.findJob,
    { migrationId, batchId, owner, attempt },
    findJobResultSchema,
  );
}

function* judge(
  context: OrchestrationContext,
  state: CreateState,
  tries: number,
  found: Found,
): Steps<Try> {
  const { refusal, hadUnknownCreate } = state;
  switch (found.kind) {
    case 'done':
      return { kind: 'done', value: { kind: 'job', jobId: found.jobId } };
    case 'mismatch':
      return countMismatch(
        state,
        `the job of this batch cannot be adopted: ${refusal ?? found.reason}`,
      );
    case 'notSeen': {
      const next = yield* judgeUnseen(context, state, null, found);
      if (next.isOver) return { kind: 'done', value: { kind: 'outOfSight' } };
      return {
        kind: 'again',
        state: { ...state, sight: next.sight, isKnown: state.isKnown || found.exists },
        seconds: next.seconds,
      };
    }
    case 'notFound': {
      if (state.isKnown) return yield* judgeKnownAbsent(context, state);
      const lookUps = state.lookUps + 1;
      if (refusal !== null && (!hadUnknownCreate || lookUps >= jobPolicy.maxAbsentLookUps))
        throw new StepFailure(`Graph refused to create the job: ${refusal}`);
      const mayHaveJob = refusal !== null || lookUps < jobPolicy.maxAbsentLookUps;
      // The intervals between creates without a response grow.
      return {
        kind: 'again',
        state: { ...state, lookUps, sight: inSight, mayHaveJob },
        seconds: backoffSeconds(
          mayHaveJob ? lookUps : Math.max(lookUps, Math.floor(tries / 2)),
          refusal === null ? jobPolicy.lookUpSeconds : jobPolicy.lookUpAfterRefusalSeconds,
        ),
      };
    }
  }
}

/** Graph has shown the job before and does not find it now. After a day the job counts as gone. */
function* judgeKnownAbsent(context: OrchestrationContext, state: CreateState): Steps<Try> {
  const next = yield* judgeUnseen(context, state, null, {
    seconds: 0,
    isAbsent: true,
    completeAfterMs: null,
  });
  if (!next.isGone)
    return { kind: 'again', state: { ...state, sight: next.sight }, seconds: next.seconds };
  return {
    kind: 'again',
    state: {
      ...state,
      isKnown: false,
      hadUnknownCreate: false,
      mayHaveJob: state.refusal !== null,
      sight: inSight,
    },
    seconds: 0,
  };
}

/**
 * Counts a look-up that found a job of other content. Throws a StepFailure with `verdict` when that
 * is final.
 */
function countMismatch<State extends { readonly mismatches: number }>(
  state: State,
  verdict: string,
): TryResult<never, State> {
  const mismatches = state.mismatches + 1;
  if (mismatches >= jobPolicy.maxMismatches) throw new StepFailure(verdict);
  return {
    kind: 'again',
    state: { ...state, mismatches },
    seconds: backoffSeconds(mismatches, jobPolicy.lookUpSeconds),
  };
}

const checkTenant =
  '; the job may exist in the target tenant under the name of this batch: check there';

/**
 * Tries to look up the job that an unanswered create of the previous run may have created. The
 * result is null if there is none.
 */
export function* tryFindPrevious(
  context: OrchestrationContext,
  state: FindPreviousState,
): Steps<TryResult<FoundPrevious, FindPreviousState>> {
  const { migrationId, batchId, owner } = state;
  const found = yield* call(
    context,
    activities.findPreviousJob,
    { migrationId, batchId, owner },
    findJobResultSchema,
  );
  switch (found.kind) {
    case 'done':
      return { kind: 'done', value: found.jobId };
    case 'notFound': {
      const lookUps = state.lookUps + 1;
      return lookUps >= jobPolicy.maxAbsentLookUps
        ? { kind: 'done', value: null }
        : {
            kind: 'again',
            state: { ...state, lookUps, sight: inSight },
            seconds: backoffSeconds(lookUps, jobPolicy.lookUpSeconds),
          };
    }
    case 'notSeen': {
      const next = yield* judgeUnseen(context, state, null, found);
      if (next.isOver)
        throw new StepFailure(
          `Graph does not say whether the previous run created a job${checkTenant}`,
        );
      return { kind: 'again', state: { ...state, sight: next.sight }, seconds: next.seconds };
    }
    case 'mismatch':
      return countMismatch(
        state,
        `the job of the previous run cannot be identified: ${found.reason}${checkTenant}`,
      );
  }
}
