import * as df from 'durable-functions';
import type { OrchestrationContext, Task } from 'durable-functions';
import type { z } from 'zod';
import { bell } from './names.ts';

/** A part of an orchestrator that yields tasks and returns a value: run it with `yield*`. */
export type Steps<Value> = Generator<Task, Value, unknown>;

/** A step that cannot be taken and that no repetition will help: ends the batch with this reason. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure';
}

/** Calls an activity, again on unexpected faults (storage out of reach, a crash) for about an hour; parses its answer. */
export function* call<Schema extends z.ZodType>(
  context: OrchestrationContext,
  activity: string,
  input: object,
  result: Schema,
): Steps<z.infer<Schema>> {
  const retry = new df.RetryOptions(5_000, 18);
  retry.backoffCoefficient = 2;
  retry.maxRetryIntervalInMilliseconds = 300_000;
  return result.parse(yield context.df.callActivityWithRetry(activity, retry, input));
}

/** Waits on a durable timer. */
export function* wait(context: OrchestrationContext, seconds: number): Steps<void> {
  yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + seconds * 1000));
}

/** Waits on a durable timer, or until somebody rings the bell. */
export function* waitForBell(context: OrchestrationContext, seconds: number): Steps<void> {
  const timer = context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + seconds * 1000));
  const first = yield context.df.Task.any([timer, context.df.waitForExternalEvent(bell)]);
  // A timer that has lost would keep the instance running until it fires.
  if (first !== timer) timer.cancel();
}

/** Seconds before attempt `attempt` (from 1) of something that Graph put off: what Graph asked for, growing to an hour. */
export function patience(attempt: number, askedSeconds: number): number {
  return Math.max(askedSeconds, Math.min(15 * 2 ** (attempt - 1), 3600));
}

/** The text of whatever was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
