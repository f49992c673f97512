import type { OrchestrationContext } from 'durable-functions';
import { type BatchRef, findJobResultSchema, type JobRef, jobRefSchema } from '../shared/contracts/activities.ts';
import type { FindLeftState } from '../shared/contracts/orchestrations.ts';
import { denied, looksForLost, mayStand } from './createJob.ts';
import { activities } from './names.ts';
import { type Errand, maxTries, persist } from './persist.ts';
import { call, patience, type Steps } from './steps.ts';

export const findLeftErrand: Errand<JobRef | null, FindLeftState> = {
  *once(context, state, tries) {
    const { migrationId, batchId } = state;
    const found = yield* call(context, activities.findLeftJob, { migrationId, batchId }, findJobResultSchema);
    switch (found.kind) {
      case 'done':
        return { kind: 'done', value: { migrationId, batchId, jobId: found.jobId } };
      case 'notFound': {
        const looks = state.looks + 1;
        return looks >= looksForLost ? { kind: 'done', value: null } : { kind: 'again', state: { ...state, looks }, seconds: patience(looks, 15) };
      }
      case 'retryAfter':
        return { kind: 'again', state, seconds: patience(tries, found.seconds) };
      case 'mismatch':
      case 'rejected':
        return denied(state, `the job of the run before cannot be looked up: ${found.reason}${mayStand}`);
    }
  },
  gaveUp: () => `the job of the run before could not be looked up in ${String(maxTries)} tries${mayStand}`,
  parse: (value) => jobRefSchema.nullable().parse(value),
};

/**
 * The job that the run before may have left without knowing: it never learned for sure whether its create had taken effect. Null
 * when there is surely none.
 */
export function findLeftJob(context: OrchestrationContext, { migrationId, batchId }: BatchRef): Steps<JobRef | null> {
  return persist(context, findLeftErrand, { kind: 'findLeft', migrationId, batchId, looks: 0, denials: 0 });
}
