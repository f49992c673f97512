import type { OrchestrationContext } from 'durable-functions';
import { actionResultSchema, type JobRef, readJobResultSchema } from '../shared/contracts/activities.ts';
import { activities } from './names.ts';
import { call, patience, StepFailure, type Steps, wait } from './steps.ts';

const maxTries = 60;

/**
 * Sends an action to a job until Graph has taken it. After a refusal or a lost answer the job is read again: `accepted`
 * tells from its status whether the action took effect all the same. `refused` carries the status that stood in the way.
 */
export function* sendAction(
  context: OrchestrationContext,
  job: JobRef,
  activity: string,
  accepted: (status: string) => boolean,
  more: object = {},
): Steps<{ readonly kind: 'accepted' } | { readonly kind: 'refused'; readonly status: string }> {
  const { migrationId, batchId, jobId } = job;
  let reason = 'no answer';
  for (let tries = 1; tries <= maxTries; tries += 1) {
    const sent = yield* call(context, activity, { migrationId, batchId, jobId, ...more }, actionResultSchema);
    if (sent.kind === 'done') return { kind: 'accepted' };
    if (sent.kind === 'rejected') throw new StepFailure(`Graph refused ${activity}: ${sent.reason}`);
    if (sent.kind === 'retryAfter') {
      yield* wait(context, patience(tries, sent.seconds));
      continue;
    }
    reason = sent.reason;
    const read = yield* call(context, activities.readJob, { migrationId, batchId, jobId, lastStatus: null, waiterId: null }, readJobResultSchema);
    if (read.kind === 'done') {
      if (accepted(read.status)) return { kind: 'accepted' };
      if (sent.kind === 'conflict') return { kind: 'refused', status: read.status };
      // The job is there, what the action is about is not.
      if (sent.kind === 'notFound' && tries >= 5) return { kind: 'refused', status: 'gone' };
    }
    if (read.kind === 'rejected') throw new StepFailure(`Graph refused to show the job: ${read.reason}`);
    // A job that was just created may not be visible everywhere for a minute; one that stays away is gone.
    if (read.kind === 'notFound' && tries >= 5) return { kind: 'refused', status: 'gone' };
    yield* wait(context, patience(tries, read.kind === 'retryAfter' ? read.seconds : 15));
  }
  throw new StepFailure(`${activity} was not answered in ${String(maxTries)} tries: ${reason}`);
}
