import type { OrchestrationContext } from 'durable-functions';
import { type BatchRef, createJobResultSchema, findJobResultSchema, type JobRef } from '../shared/contracts/activities.ts';
import { activities } from './names.ts';
import { call, patience, StepFailure, type Steps, wait } from './steps.ts';

const maxTries = 60;

/**
 * Creates the one job of a batch's attempt, or finds it when an earlier try may have created it: the name is derived, so
 * the job is looked up before anything is repeated. Null when nobody is left to migrate.
 */
export function* createJob(context: OrchestrationContext, batch: BatchRef, attempt: number): Steps<JobRef | null> {
  const input = { migrationId: batch.migrationId, batchId: batch.batchId, attempt };
  let reason = 'no answer';
  for (let tries = 1; tries <= maxTries; tries += 1) {
    const created = yield* call(context, activities.createJob, input, createJobResultSchema);
    switch (created.kind) {
      case 'done':
        return { migrationId: batch.migrationId, batchId: batch.batchId, jobId: created.jobId };
      case 'nobody':
        return null;
      case 'rejected':
        throw new StepFailure(`Graph refused to create the job: ${created.reason}`);
      case 'retryAfter':
        yield* wait(context, patience(tries, created.seconds));
        continue;
      case 'exists':
      case 'doubtful':
        reason = created.reason;
    }
    const found = yield* call(context, activities.findJob, input, findJobResultSchema);
    switch (found.kind) {
      case 'done':
        return { migrationId: batch.migrationId, batchId: batch.batchId, jobId: found.jobId };
      case 'mismatch':
      case 'rejected':
        throw new StepFailure(`the job of this batch cannot be adopted: ${found.reason}`);
      case 'retryAfter':
        yield* wait(context, patience(tries, found.seconds));
        continue;
      case 'notFound':
        yield* wait(context, patience(tries, 15));
    }
  }
  throw new StepFailure(`the job could not be created in ${String(maxTries)} tries: ${reason}`);
}
