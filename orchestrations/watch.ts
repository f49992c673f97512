import type { OrchestrationContext } from 'durable-functions';
import { type JobRef, readJobResultSchema, recordTasksResultSchema } from '../shared/contracts/activities.ts';
import { type WatchInput, watchInputSchema, type WatchResult, watchResultSchema } from '../shared/contracts/orchestrations.ts';
import { nextCheckSeconds } from '../shared/domain/cadence.ts';
import { watchInstanceId } from '../shared/domain/instanceIds.ts';
import { endsWatch, type WatchGoal } from '../shared/domain/jobStatus.ts';
import { maxUnseenDays, unseen } from '../shared/domain/unseen.ts';
import { activities, orchestrators } from './names.ts';
import { call, reasonOf, StepFailure, type Steps, wait, waitForBell } from './steps.ts';

const unreachableSeconds = 300;
const maxMissing = 5;
const missingSeconds = 15;

/**
 * Looks at a job once, waits on a durable timer and continues as new: the history of a watch is as long after weeks as
 * after a minute. Ends with the job's status when the goal is reached or cannot be reached any more; never throws.
 */
export function* watch(context: OrchestrationContext): Steps<WatchResult | undefined> {
  const state = watchInputSchema.parse(context.df.getInput());
  try {
    const next = yield* look(context, state);
    if ('ok' in next) return next;
    // Inside the time that Graph has asked for nothing is asked of it, whoever rings.
    yield* next.throttled ? wait(context, next.seconds) : waitForBell(context, next.seconds);
    context.df.continueAsNew(next.state);
    return undefined;
  } catch (error) {
    // Storage was out of reach for an hour, or a bug: the job goes on in any case, so does the watch.
    if (error instanceof StepFailure) return { ok: false, reason: error.message };
    yield* wait(context, unreachableSeconds);
    context.df.continueAsNew({ ...state, checks: state.checks + 1 });
    return undefined;
  }
}

function* look(
  context: OrchestrationContext,
  state: WatchInput,
): Steps<WatchResult | { readonly state: WatchInput; readonly seconds: number; readonly throttled: boolean }> {
  const { migrationId, batchId, jobId, goal } = state;
  const checks = state.checks + 1;
  const read = yield* call(context, activities.readJob, { migrationId, batchId, jobId, lastStatus: state.status, lastNeed: state.need, waiterId: context.df.instanceId }, readJobResultSchema);
  if (read.kind === 'notFound') {
    // A job that was just created may not be visible everywhere for a minute; one that stays away is gone.
    if (state.missing + 1 >= maxMissing) return { ok: true, status: 'gone', commands: false };
    return { state: { ...state, checks, missing: state.missing + 1 }, seconds: missingSeconds, throttled: true };
  }
  if (read.kind === 'retryAfter') {
    const { sinceMs, seconds, isTooLong } = unseen(state.unseenSinceMs, context.df.currentUtcDateTime.getTime(), read.seconds);
    if (isTooLong) throw new StepFailure(`Graph has not shown job ${jobId} for ${String(maxUnseenDays)} days: ${read.reason}`);
    return { state: { ...state, checks, unseenSinceMs: sinceMs }, seconds, throttled: true };
  }
  if (read.kind !== 'done') throw new StepFailure(`Graph refused to show the job: ${read.reason}`);
  const { status, need } = read;
  if (endsWatch(goal, status)) return { ok: true, status, commands: false };
  if (read.commands && goal !== 'cancelled') return { ok: true, status, commands: true };

  let { digest } = state;
  let askedSeconds = 0;
  if (goal === 'migrated' && (status !== state.status || status === 'cuttingOver' || checks % 5 === 0)) {
    const recorded = yield* call(context, activities.recordTasks, { migrationId, batchId, jobId, stage: 'progress', lastDigest: digest }, recordTasksResultSchema);
    if (recorded.kind === 'done') digest = recorded.digest;
    if (recorded.kind === 'retryAfter') askedSeconds = recorded.seconds;
  }
  const nowMs = context.df.currentUtcDateTime.getTime();
  const seconds = nextCheckSeconds({
    goal,
    status,
    checks,
    nowMs,
    completeAfterMs: read.completeAfterMs ?? nowMs,
    instanceId: context.df.instanceId,
  });
  return { state: { ...state, checks, status, need, digest, missing: 0, unseenSinceMs: null }, seconds: Math.max(seconds, askedSeconds), throttled: askedSeconds > 0 };
}

/** Watches a job in an orchestration of its own until the goal, or until somebody asks something. `ordinal` is unique in the batch. */
export function* watchUntil(
  context: OrchestrationContext,
  job: JobRef,
  goal: WatchGoal,
  ordinal: number,
): Steps<{ readonly status: string; readonly commands: boolean }> {
  const input: WatchInput = { ...job, goal, checks: 0, status: null, need: null, digest: null, missing: 0, unseenSinceMs: null };
  let result: WatchResult;
  try {
    result = watchResultSchema.parse(
      yield context.df.callSubOrchestrator(orchestrators.watch, input, watchInstanceId(job.migrationId, job.batchId, ordinal)),
    );
  } catch (error) {
    throw new StepFailure(`the watch of the job was ended: ${reasonOf(error)}`);
  }
  if (!result.ok) throw new StepFailure(result.reason);
  return result;
}
