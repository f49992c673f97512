import * as df from 'durable-functions';
import type { OrchestrationContext, Task } from 'durable-functions';
import type { z } from 'zod';
import {
  type BatchRef,
  doneSchema,
  supersededSchema,
} from '../../shared/contracts/internal/batch.ts';
import { maskAddresses } from '../../shared/domain/text.ts';
import { activities, wakeUpEvent } from '../names.ts';

const longestText = 2_000;

/** An activity that has failed at every try, or whose answer cannot be read. `cause`: what was thrown, whose text is for the log only. */
export class ActivityFailure extends Error {
  override readonly name = 'ActivityFailure';
  readonly code: 'activityFailed' | 'resultUnreadable';
  readonly activity: string;

  constructor(code: ActivityFailure['code'], activity: string, cause: unknown) {
    super(`the activity ${activity} failed`, { cause });
    this.code = code;
    this.activity = activity;
  }
}

const sentences: Readonly<Record<ActivityFailure['code'], string>> = {
  activityFailed: 'failed at every try',
  resultUnreadable: 'gave an answer that cannot be read',
};

/**
 * Writes an error to the log, once and bounded, and returns what may be kept and shown of it: a code, a sentence, and the operation id that its log
 * entry begins with. The text of the error stays in the log: on Azure it holds stack traces, paths of the server and addresses of storage.
 */
export function logTrouble(context: OrchestrationContext, error: unknown): string {
  const { instanceId } = context.df;
  const failure = error instanceof ActivityFailure ? error : undefined;
  const operationId = failure === undefined ? instanceId : `${instanceId}/${failure.activity}`;
  const what =
    failure === undefined
      ? 'unexpectedError: a step failed unexpectedly'
      : `${failure.code}: the activity ${failure.activity} ${sentences[failure.code]}`;
  if (!context.df.isReplaying)
    context.warn(`operation ${operationId}: ${textOf(failure?.cause ?? error)}`);
  return `${what}; the log has the reason under the operation id ${operationId}`;
}

/** Writes a warning to the log, once: a replay does not repeat it. */
export function warn(context: OrchestrationContext, text: string): void {
  if (!context.df.isReplaying) context.warn(`${context.df.instanceId}: ${text}`);
}

function textOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const secretless = text
    .slice(0, longestText)
    .replaceAll(/\beyJ[\w-]+(?:\.[\w-]*)*/g, '(token)')
    .replaceAll(/\b(sig|AccountKey|SharedAccessSignature)=[^&;\s"]+/gi, '$1=(secret)');
  return maskAddresses(secretless).replaceAll(/\s+/g, ' ');
}

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
  let raw: unknown;
  try {
    raw = yield context.df.callActivityWithRetry(activity, retry, input);
  } catch (error) {
    throw new ActivityFailure('activityFailed', activity, error);
  }
  if (supersededSchema.safeParse(raw).success)
    throw new Superseded(`${activity} is not done for an orchestration that was replaced`);
  const parsed = result.safeParse(raw);
  if (!parsed.success) throw new ActivityFailure('resultUnreadable', activity, parsed.error);
  return parsed.data;
}

/** Waits on a durable timer. */
export function* wait(context: OrchestrationContext, seconds: number): Steps<void> {
  yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + seconds * 1000));
}

/** Waits on a durable timer, or until somebody rings the bell. */
export function* waitForWakeUp(context: OrchestrationContext, seconds: number): Steps<void> {
  const timer = context.df.createTimer(
    new Date(context.df.currentUtcDateTime.getTime() + seconds * 1000),
  );
  const first = yield context.df.Task.any([timer, context.df.waitForExternalEvent(wakeUpEvent)]);
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
    doneSchema.parse(
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
    doneSchema,
  );
}

/** Seconds before attempt `attempt` (from 1) of something that Graph put off: what Graph asked for, growing to an hour. */
export function patience(attempt: number, askedSeconds: number): number {
  return Math.max(askedSeconds, Math.min(15 * 2 ** (attempt - 1), 3600));
}
