import type { OrchestrationContext } from 'durable-functions';
import type { z } from 'zod';
import {
  createJobResultSchema,
  findJobResultSchema,
  inSight,
  type JobRef,
  jobRefSchema,
  type OwnedBatch,
} from '../../shared/contracts/internal/activities.ts';
import {
  type Created,
  createdSchema,
  type CreateState,
  type FindPreviousState,
} from '../../shared/contracts/internal/orchestrations.ts';
import { checkClearance } from '../commands/checkpoint.ts';
import { type Operation, repeatUntilDone, type TryResult } from '../durable/repeatUntilDone.ts';
import { call, backoffSeconds, StepFailure, type Steps, wait } from '../durable/steps.ts';
import { activities } from '../names.ts';
import { judgeUnseen } from './recordOutcomes.ts';

/** Looks that Graph may answer with a job that is not ours before that is believed. */
const maxDenials = 5;

/** Looks before a job is believed not to be there: one that was just created may not be visible everywhere for a minute. */
export const pollsBeforeAbsent = 4;

/** What is said where nobody knows whether there is a job. */
export const mayStand =
  '; it may stand in the target tenant under the name of this batch: look for it there';

type Once = TryResult<Created, CreateState>;

export const createOperation: Operation<Created, CreateState> = {
  *once(context, before, tries) {
    const { migrationId, batchId, owner, attempt } = before;
    const delayed = tries > 1;
    let state = before;
    if (!state.mayHaveJob) {
      // As long as there can be no job, whoever asks for something meanwhile is in time.
      if (delayed) {
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
        { migrationId, batchId, owner, attempt, delayed, tries },
        createJobResultSchema,
      );
      switch (created.kind) {
        case 'done':
          return { kind: 'done', value: { kind: 'job', jobId: created.jobId } };
        case 'nobody':
          return { kind: 'done', value: created };
        case 'frozen':
          // The next try begins at the gate, which waits until the freeze is lifted.
          return { kind: 'again', state, seconds: 0 };
        case 'retryAfter':
          return { kind: 'again', state, seconds: backoffSeconds(tries, created.seconds) };
        default:
          state = afterUnknownCreate(state, created.kind, created.reason);
      }
      if (created.kind === 'unknown' && created.seconds > 0) yield* wait(context, created.seconds);
    }
    return yield* findAndJudge(context, state, tries);
  },
  parse: (value) => createdSchema.parse(value),
};

/**
 * Creates the one job of a batch's attempt. Its name is derived, so that after a create whose answer was lost the job is looked
 * up until it is surely there or surely not; only then is the create repeated.
 */
export function createJob(
  context: OrchestrationContext,
  { migrationId, batchId, owner }: OwnedBatch,
  attempt: number,
): Steps<Created> {
  const first: CreateState = {
    kind: 'create',
    migrationId,
    batchId,
    owner,
    attempt,
    mayHaveJob: false,
    isUnanswered: false,
    isKnown: false,
    refusal: null,
    polls: 0,
    denials: 0,
    reason: 'no answer',
    sight: inSight,
  };
  return repeatUntilDone(context, createOperation, first);
}

/** Carries out commands while a create waits for its next try; says when one has stopped the batch. As long as there may be a job, they wait. */
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
    isUnanswered: state.isUnanswered || kind === 'unknown',
    isKnown: state.isKnown || kind === 'exists',
    refusal: kind === 'rejected' ? reason : null,
    polls: 0,
    denials: 0,
    reason,
  };
}

type Found = z.infer<typeof findJobResultSchema>;

/** Looks for the job of a create whose answer was lost: an instance that stood still may have sent it since. Null where no create was lost. */
function* findUnansweredCreate(
  context: OrchestrationContext,
  { migrationId, batchId, owner, attempt, isUnanswered }: CreateState,
): Steps<Found | null> {
  return isUnanswered
    ? yield* call(
        context,
        activities.findJob,
        { migrationId, batchId, owner, attempt, delayed: true },
        findJobResultSchema,
      )
    : null;
}

function* findAndJudge(
  context: OrchestrationContext,
  state: CreateState,
  tries: number,
): Steps<Once> {
  const { migrationId, batchId, owner, attempt } = state;
  return yield* judge(
    context,
    state,
    tries,
    yield* call(
      context,
      activities.findJob,
      { migrationId, batchId, owner, attempt, delayed: tries > 1 },
      findJobResultSchema,
    ),
  );
}

function* judge(
  context: OrchestrationContext,
  state: CreateState,
  tries: number,
  found: Found,
): Steps<Once> {
  const { refusal, isUnanswered } = state;
  switch (found.kind) {
    case 'done':
      return { kind: 'done', value: { kind: 'job', jobId: found.jobId } };
    case 'mismatch':
      return denied(state, `the job of this batch cannot be adopted: ${refusal ?? found.reason}`);
    case 'notSeen': {
      const next = yield* judgeUnseen(context, state, null, found);
      if (next.isOver) return { kind: 'done', value: { kind: 'outOfSight' } };
      return {
        kind: 'again',
        state: { ...state, sight: next.sight, isKnown: state.isKnown || found.isThere },
        seconds: next.seconds,
      };
    }
    case 'notFound': {
      if (state.isKnown) {
        const next = yield* judgeUnseen(context, state, null, {
          seconds: 0,
          absent: true,
          completeAfterMs: null,
        });
        return next.isGone
          ? {
              kind: 'again',
              state: {
                ...state,
                isKnown: false,
                isUnanswered: false,
                mayHaveJob: refusal !== null,
                sight: inSight,
              },
              seconds: 0,
            }
          : { kind: 'again', state: { ...state, sight: next.sight }, seconds: next.seconds };
      }
      const polls = state.polls + 1;
      if (refusal !== null && (!isUnanswered || polls >= pollsBeforeAbsent))
        throw new StepFailure(`Graph refused to create the job: ${refusal}`);
      const mayHaveJob = refusal !== null || polls < pollsBeforeAbsent;
      // Creates that are lost again and again come at longer and longer intervals.
      return {
        kind: 'again',
        state: { ...state, polls, sight: inSight, mayHaveJob },
        seconds: backoffSeconds(
          mayHaveJob ? polls : Math.max(polls, Math.floor(tries / 2)),
          refusal === null ? 15 : 30,
        ),
      };
    }
  }
}

/** What follows a look that Graph has answered with a job that is not ours: another one. Throws a StepFailure when that is believed. */
export function denied<State extends { readonly denials: number }>(
  state: State,
  believed: string,
): TryResult<never, State> {
  const denials = state.denials + 1;
  if (denials >= maxDenials) throw new StepFailure(believed);
  return { kind: 'again', state: { ...state, denials }, seconds: backoffSeconds(denials, 15) };
}

export const findPreviousJobOperation: Operation<JobRef | null, FindPreviousState> = {
  *once(context, state, tries) {
    const { migrationId, batchId, owner } = state;
    const found = yield* call(
      context,
      activities.findPreviousJob,
      { migrationId, batchId, owner, delayed: tries > 1 },
      findJobResultSchema,
    );
    switch (found.kind) {
      case 'done':
        return { kind: 'done', value: { migrationId, batchId, owner, jobId: found.jobId } };
      case 'notFound': {
        const polls = state.polls + 1;
        return polls >= pollsBeforeAbsent
          ? { kind: 'done', value: null }
          : {
              kind: 'again',
              state: { ...state, polls, sight: inSight },
              seconds: backoffSeconds(polls, 15),
            };
      }
      case 'notSeen': {
        const next = yield* judgeUnseen(context, state, null, found);
        if (next.isOver)
          throw new StepFailure(
            `Graph has not told whether there is a job of the run before${mayStand}`,
          );
        return { kind: 'again', state: { ...state, sight: next.sight }, seconds: next.seconds };
      }
      case 'mismatch':
        return denied(
          state,
          `the job of the run before cannot be looked up: ${found.reason}${mayStand}`,
        );
    }
  },
  parse: (value) => jobRefSchema.nullable().parse(value),
};

/**
 * The job that the run before may have left without knowing: it never learned for sure whether its create had taken effect. Null
 * when there is surely none.
 */
export function findPreviousJob(
  context: OrchestrationContext,
  { migrationId, batchId, owner }: OwnedBatch,
): Steps<JobRef | null> {
  return repeatUntilDone(context, findPreviousJobOperation, {
    kind: 'findPrevious',
    migrationId,
    batchId,
    owner,
    polls: 0,
    denials: 0,
    sight: inSight,
  });
}
