import type { OrchestrationContext } from 'durable-functions';
import { type BatchRef, createJobResultSchema, findJobResultSchema, type JobRef } from '../shared/contracts/activities.ts';
import { activities } from './names.ts';
import { call, patience, StepFailure, type Steps, wait } from './steps.ts';

const maxTries = 60;

/**
 * Creates the one job of a batch's attempt. Its name is derived, so that after a create whose answer was lost the job is looked
 * up until it is surely there or surely not; only then is the create repeated. Null when nobody is left to migrate.
 */
export function* createJob(context: OrchestrationContext, { migrationId, batchId }: BatchRef, attempt: number): Steps<JobRef | null> {
  const input = { migrationId, batchId, attempt };
  let reason = 'no answer';
  // Why an earlier create may have taken effect, and a refusal that is believed only when there is no job.
  let doubt = false;
  let lost = false;
  let looks = 0;
  let refusal: string | null = null;
  for (let tries = 1; tries <= maxTries; tries += 1) {
    if (!doubt) {
      const created = yield* call(context, activities.createJob, input, createJobResultSchema);
      if (created.kind === 'done') return { migrationId, batchId, jobId: created.jobId };
      if (created.kind === 'nobody') return null;
      if (created.kind === 'retryAfter') {
        yield* wait(context, patience(tries, created.seconds));
        continue;
      }
      ({ reason } = created);
      looks = 0;
      lost ||= created.kind === 'doubtful';
      refusal = created.kind === 'rejected' ? created.reason : null;
      doubt = true;
    }
    const found = yield* call(context, activities.findJob, input, findJobResultSchema);
    switch (found.kind) {
      case 'done':
        return { migrationId, batchId, jobId: found.jobId };
      case 'mismatch':
      case 'rejected':
        throw new StepFailure(`the job of this batch cannot be adopted: ${refusal ?? found.reason}`);
      case 'retryAfter':
        yield* wait(context, patience(tries, found.seconds));
        break;
      case 'notFound':
        looks += 1;
        // A job that an earlier create has made may not be visible everywhere for a minute.
        if (refusal !== null && (!lost || looks >= 4)) throw new StepFailure(`Graph refused to create the job: ${refusal}`);
        doubt = refusal !== null;
        yield* wait(context, patience(tries, refusal === null ? 15 : 30));
    }
  }
  const doubtful = doubt ? '; it may stand in the target tenant under the name of this batch: look for it there' : '';
  throw new StepFailure(`the job could not be created in ${String(maxTries)} tries: ${reason}${doubtful}`);
}
