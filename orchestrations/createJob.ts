import type { OrchestrationContext } from 'durable-functions';
import { type BatchRef, createJobResultSchema, findJobResultSchema, type JobRef, jobRefSchema } from '../shared/contracts/activities.ts';
import type { CreateState } from '../shared/contracts/orchestrations.ts';
import { activities } from './names.ts';
import { type Errand, maxTries, persist, type Tried } from './persist.ts';
import { call, patience, StepFailure, type Steps, wait } from './steps.ts';

/** Looks that Graph may refuse, or answer with a job that is not ours, before that is believed. */
const maxDenials = 5;

/** Looks before a job is believed not to be there: one that was just created may not be visible everywhere for a minute. */
export const looksForLost = 4;

/** What is said where nobody knows whether there is a job. */
export const mayStand = '; it may stand in the target tenant under the name of this batch: look for it there';

type Once = Tried<JobRef | null, CreateState>;

export const createErrand: Errand<JobRef | null, CreateState> = {
  *once(context, before, tries) {
    const { migrationId, batchId, attempt } = before;
    const input = { migrationId, batchId, attempt };
    let state = before;
    if (!state.doubt) {
      const created = yield* call(context, activities.createJob, input, createJobResultSchema);
      switch (created.kind) {
        case 'done':
          return { kind: 'done', value: { migrationId, batchId, jobId: created.jobId } };
        case 'nobody':
          return { kind: 'done', value: null };
        case 'retryAfter':
          return { kind: 'again', state, seconds: patience(tries, created.seconds) };
        default:
          state = inDoubt(state, created.kind, created.reason);
      }
      if (created.kind === 'doubtful' && created.seconds > 0) yield* wait(context, created.seconds);
    }
    return yield* look(context, state, tries);
  },
  gaveUp: ({ reason, doubt }) => `the job could not be created in ${String(maxTries)} tries: ${reason}${doubt ? mayStand : ''}`,
  parse: (value) => jobRefSchema.nullable().parse(value),
};

/**
 * Creates the one job of a batch's attempt. Its name is derived, so that after a create whose answer was lost the job is looked
 * up until it is surely there or surely not; only then is the create repeated. Null when nobody is left to migrate.
 */
export function createJob(context: OrchestrationContext, { migrationId, batchId }: BatchRef, attempt: number): Steps<JobRef | null> {
  const first: CreateState = { kind: 'create', migrationId, batchId, attempt, doubt: false, lost: false, refusal: null, looks: 0, denials: 0, reason: 'no answer' };
  return persist(context, createErrand, first);
}

function inDoubt(state: CreateState, kind: 'exists' | 'doubtful' | 'rejected', reason: string): CreateState {
  return { ...state, doubt: true, lost: state.lost || kind === 'doubtful', refusal: kind === 'rejected' ? reason : null, looks: 0, denials: 0, reason };
}

function* look(context: OrchestrationContext, state: CreateState, tries: number): Steps<Once> {
  const { migrationId, batchId, attempt, refusal, lost } = state;
  const found = yield* call(context, activities.findJob, { migrationId, batchId, attempt }, findJobResultSchema);
  switch (found.kind) {
    case 'done':
      return { kind: 'done', value: { migrationId, batchId, jobId: found.jobId } };
    case 'mismatch':
    case 'rejected':
      return denied(state, `the job of this batch cannot be adopted: ${refusal ?? found.reason}`);
    case 'retryAfter':
      return { kind: 'again', state, seconds: patience(tries, found.seconds) };
    case 'notFound': {
      const looks = state.looks + 1;
      if (refusal !== null && (!lost || looks >= looksForLost)) throw new StepFailure(`Graph refused to create the job: ${refusal}`);
      return { kind: 'again', state: { ...state, looks, doubt: refusal !== null }, seconds: patience(tries, refusal === null ? 15 : 30) };
    }
  }
}

/** What follows a look that Graph has refused, or answered with a job that is not ours: another one. Throws a StepFailure when that is believed. */
export function denied<State extends { readonly denials: number }>(state: State, believed: string): Tried<never, State> {
  const denials = state.denials + 1;
  if (denials >= maxDenials) throw new StepFailure(believed);
  return { kind: 'again', state: { ...state, denials }, seconds: patience(denials, 15) };
}
