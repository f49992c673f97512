import * as df from 'durable-functions';
import type { OrchestrationContext, Task } from 'durable-functions';
import type { z } from 'zod';
import { answeredSchema, type BatchRef, supersededSchema } from '../shared/contracts/activities.ts';
import { activities, bell } from './names.ts';
import { ActivityFailure, logTrouble } from './trouble.ts';

/** A part of an orchestrator that yields tasks and returns a value: run it with `yield*`. */
export type Steps<Value> = Generator<Task, Value, unknown>;

/** A verdict: a step that cannot be taken and that no repetition will help. It is the only error that ends a batch, with this reason. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure';
}

/** Another orchestration has taken this one's place: whatever it still wants to do must not be done. */
export class Superseded extends Error {
  override readonly name = 'Superseded';
}

/**
 * Calls an activity, again on unexpected faults (storage out of reach, a crash) for about an hour; parses its answer. Throws a Superseded where another
 * orchestration has taken this one's place, and an ActivityFailure where there is no answer or an unreadable one.
 */
export function* call<Schema extends z.ZodType>(
  context: OrchestrationContext,
  activity: string,
  input: object,
  result: Schema,
): Steps<z.infer<Schema>> {
  const retry = new df.RetryOptions(5_000, 18);
  retry.backoffCoefficient = 2;
  retry.maxRetryIntervalInMilliseconds = 300_000;
  let answer: unknown;
  try {
    answer = yield context.df.callActivityWithRetry(activity, retry, input);
  } catch (error) {
    throw new ActivityFailure('activityFailed', activity, error);
  }
  if (supersededSchema.safeParse(answer).success)
    throw new Superseded(`${activity} is not done for an orchestration that was replaced`);
  const parsed = result.safeParse(answer);
  if (!parsed.success) throw new ActivityFailure('answerUnreadable', activity, parsed.error);
  return parsed.data;
}

/** Waits on a durable timer. */
export function* wait(context: OrchestrationContext, seconds: number): Steps<void> {
  yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + seconds * 1000));
}

/** Waits on a durable timer, or until somebody rings the bell. */
export function* waitForBell(context: OrchestrationContext, seconds: number): Steps<void> {
  const timer = context.df.createTimer(
    new Date(context.df.currentUtcDateTime.getTime() + seconds * 1000),
  );
  const first = yield context.df.Task.any([timer, context.df.waitForExternalEvent(bell)]);
  // A timer that has lost would keep the instance running until it fires.
  if (first !== timer) timer.cancel();
}

// Long enough for storage to come back, short enough for whoever waits.
const unexpectedSeconds = 300;

/**
 * Notes an error that is no verdict in the batch's row and in the log, then waits; whoever calls it goes on as new afterwards. Storage out of
 * reach, an activity that has failed for an hour, an answer that cannot be read: what Graph does goes on in any case.
 */
export function* unexpected(
  context: OrchestrationContext,
  { migrationId, batchId }: BatchRef,
  error: unknown,
): Steps<void> {
  const reason = logTrouble(context, error);
  try {
    answeredSchema.parse(
      yield context.df.callActivity(activities.noteTrouble, { migrationId, batchId, reason }),
    );
  } catch {
    // Storage may be what is out of reach; the wait comes all the same.
  }
  yield* wait(context, unexpectedSeconds);
}

/** Takes the note of `unexpected` back, once what had failed has worked. */
export function* overcome(
  context: OrchestrationContext,
  { migrationId, batchId }: BatchRef,
): Steps<void> {
  yield* call(
    context,
    activities.noteTrouble,
    { migrationId, batchId, reason: '', isOver: true },
    answeredSchema,
  );
}

/** Seconds before attempt `attempt` (from 1) of something that Graph put off: what Graph asked for, growing to an hour. */
export function patience(attempt: number, askedSeconds: number): number {
  return Math.max(askedSeconds, Math.min(15 * 2 ** (attempt - 1), 3600));
}
