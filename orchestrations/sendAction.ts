import type { OrchestrationContext } from 'durable-functions';
import { actionResultSchema, type JobRef, readJobResultSchema } from '../shared/contracts/activities.ts';
import { isJobStatus } from '../shared/domain/jobStatus.ts';
import { activities } from './names.ts';
import { call, patience, StepFailure, type Steps, wait } from './steps.ts';

const maxTries = 60;

/** An action as an activity sends it. */
export interface Action {
  readonly activity: string;
  /** True for a status that lets the action through: nothing is ever sent that the lifecycle forbids. */
  readonly allowed: (status: string) => boolean;
  /** True for a status that says that the action has taken effect, by us or by somebody else. */
  readonly accepted: (status: string) => boolean;
  readonly members?: object;
}

export type Taken = { readonly kind: 'accepted' } | { readonly kind: 'refused'; readonly status: string };

/**
 * Sends an action to a job until Graph has taken it. The job is read before anything is sent, and again after a refusal or a
 * lost answer. `refused` carries the status that stood in the way; a status that nobody has published is waited out.
 */
export function* sendAction(context: OrchestrationContext, job: JobRef, action: Action): Steps<Taken> {
  const { migrationId, batchId, jobId } = job;
  let reason = 'no answer';
  let refused = false;
  let missing = 0;
  for (let tries = 1; tries <= maxTries; tries += 1) {
    const read = yield* call(context, activities.readJob, { migrationId, batchId, jobId, lastStatus: null, lastNeed: null, waiterId: null }, readJobResultSchema);
    if (read.kind === 'retryAfter') {
      yield* wait(context, patience(tries, read.seconds));
      continue;
    }
    // A job that was just created may not be visible everywhere for a minute; one that stays away is gone.
    if (read.kind === 'notFound') {
      if (tries >= 5) return { kind: 'refused', status: 'gone' };
      yield* wait(context, patience(tries, 15));
      continue;
    }
    if (read.kind !== 'done') throw new StepFailure(`Graph refused to show the job: ${read.reason}`);
    const { status } = read;
    if (action.accepted(status)) return { kind: 'accepted' };
    if (refused || (isJobStatus(status) && !action.allowed(status))) return { kind: 'refused', status };
    if (!isJobStatus(status)) {
      reason = `the job is ${status}, which nobody has published`;
      yield* wait(context, patience(tries, 60));
      continue;
    }

    const sent = yield* call(context, action.activity, { migrationId, batchId, jobId, ...action.members }, actionResultSchema);
    switch (sent.kind) {
      case 'done':
        return { kind: 'accepted' };
      case 'rejected':
        throw new StepFailure(`Graph refused ${action.activity}: ${sent.reason}`);
      case 'retryAfter':
        yield* wait(context, patience(tries, sent.seconds));
        break;
      case 'conflict':
        refused = true;
        break;
      case 'notFound':
        // The job is there, what the action is about may not be visible yet.
        missing += 1;
        if (missing >= 5) return { kind: 'refused', status: 'gone' };
        yield* wait(context, patience(missing, 15));
        break;
      case 'doubtful':
        reason = sent.reason;
        yield* wait(context, patience(tries, 15));
    }
  }
  throw new StepFailure(`${action.activity} was not answered in ${String(maxTries)} tries: ${reason}`);
}
