import type { OrchestrationContext } from 'durable-functions';
import { type BatchRef, createJobResultSchema, findJobResultSchema, type JobRef } from '../shared/contracts/activities.ts';
import { activities } from './names.ts';
import { call, patience, StepFailure, type Steps, wait } from './steps.ts';

const maxTries = 60;

/** Looks that Graph may refuse, or answer with a job that is not ours, before that is believed. */
const maxDenials = 5;

/** A job that was just created may not be visible everywhere for a minute. */
const looksForLost = 4;

/**
 * Creates the one job of a batch's attempt. Its name is derived, so that after a create whose answer was lost the job is looked
 * up until it is surely there or surely not; only then is the create repeated. Null when nobody is left to migrate.
 */
export function* createJob(context: OrchestrationContext, { migrationId, batchId }: BatchRef, attempt: number): Steps<JobRef | null> {
  const input = { migrationId, batchId, attempt };
  let reason = 'no answer';
  // While there may be a job already it is looked for, and nothing is created.
  let doubt = false;
  // Some create was not answered: its job may become visible late.
  let lost = false;
  // What Graph refused the last create with: believed only when there is no job.
  let refusal: string | null = null;
  // Looks since the last create that found nothing, and those that found something else or were refused.
  let looks = 0;
  let denials = 0;
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
      denials = 0;
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
        denials += 1;
        if (denials >= maxDenials) throw new StepFailure(`the job of this batch cannot be adopted: ${refusal ?? found.reason}`);
        yield* wait(context, patience(denials, 15));
        break;
      case 'retryAfter':
        yield* wait(context, patience(tries, found.seconds));
        break;
      case 'notFound':
        looks += 1;
        if (refusal !== null && (!lost || looks >= looksForLost)) throw new StepFailure(`Graph refused to create the job: ${refusal}`);
        doubt = refusal !== null;
        yield* wait(context, patience(tries, refusal === null ? 15 : 30));
    }
  }
  const doubtful = doubt ? '; it may stand in the target tenant under the name of this batch: look for it there' : '';
  throw new StepFailure(`the job could not be created in ${String(maxTries)} tries: ${reason}${doubtful}`);
}

/**
 * The job that the run before may have left without knowing: it never learned for sure whether its create had taken effect. Null
 * when there is surely none.
 */
export function* findLeftJob(context: OrchestrationContext, { migrationId, batchId }: BatchRef): Steps<JobRef | null> {
  let looks = 0;
  let denials = 0;
  for (let tries = 1; tries <= maxTries; tries += 1) {
    const found = yield* call(context, activities.findLeftJob, { migrationId, batchId }, findJobResultSchema);
    switch (found.kind) {
      case 'done':
        return { migrationId, batchId, jobId: found.jobId };
      case 'notFound':
        looks += 1;
        if (looks >= looksForLost) return null;
        yield* wait(context, patience(looks, 15));
        break;
      case 'retryAfter':
        yield* wait(context, patience(tries, found.seconds));
        break;
      case 'mismatch':
      case 'rejected':
        denials += 1;
        if (denials >= maxDenials) throw new StepFailure(`the job of the run before cannot be looked up: ${found.reason}`);
        yield* wait(context, patience(denials, 15));
    }
  }
  throw new StepFailure(`the job of the run before could not be looked up in ${String(maxTries)} tries`);
}
