import * as df from 'durable-functions';
import type { OrchestrationContext, Task } from 'durable-functions';
import type { z } from 'zod';
import {
  type BatchRef,
  type BatchRun,
  batchRunSchema,
  doneSchema,
  finishBatchResultSchema,
  type OwnedBatch,
  supersededSchema,
} from '../../shared/contracts/internal/batch.ts';
import { maskAddresses } from '../../shared/contracts/text.ts';
import { orchestrationPolicy } from '../../shared/domain/policies.ts';
import { retrySeconds } from '../../shared/domain/polling.ts';
import { activities, wakeUpEvent } from '../names.ts';

const longestText = 2_000;

/**
 * Thrown if an activity failed at every try or returned an unreadable result. The text of `cause`
 * is for the log only.
 */
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
  resultUnreadable: 'returned a result that cannot be parsed',
};

/**
 * Writes an error to the log once, shortened, and returns a text that may be stored and shown: a
 * code, a sentence, and the operation id to find the log entry by. The error's own text stays in
 * the log, because in Azure it contains stack traces, server paths and storage addresses.
 */
export function logError(context: OrchestrationContext, error: unknown): string {
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

/** Writes a warning to the log once. A replay does not repeat it. */
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

/** A part of an orchestrator that yields tasks and returns a value. Run it with `yield*`. */
export type Steps<Value> = Generator<Task, Value, unknown>;

/**
 * A verdict: a step is impossible and repeating it cannot help. This is the only error that ends a
 * batch; its message is the reason.
 */
export class StepFailure extends Error {
  override readonly name = 'StepFailure';
}

/** Thrown if another orchestration has replaced this one, which must do nothing more. */
export class Superseded extends Error {
  override readonly name = 'Superseded';
}

/**
 * Calls an activity and parses its result. Retries unexpected errors (storage unreachable, a crash)
 * for about an hour. Throws Superseded if another orchestration has replaced this one, and
 * ActivityFailure if there is no result or it cannot be parsed.
 */
export function* call<Schema extends z.ZodType>(
  context: OrchestrationContext,
  activity: string,
  input: object,
  result: Schema,
): Steps<z.infer<Schema>> {
  const { activityRetryMs, maxActivityTries, longestActivityRetryMs } = orchestrationPolicy;
  const retry = new df.RetryOptions(activityRetryMs, maxActivityTries);
  retry.backoffCoefficient = 2;
  retry.maxRetryIntervalInMilliseconds = longestActivityRetryMs;
  let raw: unknown;
  try {
    raw = yield context.df.callActivityWithRetry(activity, retry, input);
  } catch (error) {
    throw new ActivityFailure('activityFailed', activity, error);
  }
  if (supersededSchema.safeParse(raw).success)
    throw new Superseded(`${activity} was skipped: another orchestration has replaced this one`);
  const parsed = result.safeParse(raw);
  if (!parsed.success) throw new ActivityFailure('resultUnreadable', activity, parsed.error);
  return parsed.data;
}

/** Waits on a durable timer. */
export function* wait(context: OrchestrationContext, seconds: number): Steps<void> {
  yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + seconds * 1000));
}

/** Waits for a durable timer or the wake-up event, whichever comes first. */
export function* waitForWakeUp(context: OrchestrationContext, seconds: number): Steps<void> {
  const timer = context.df.createTimer(
    new Date(context.df.currentUtcDateTime.getTime() + seconds * 1000),
  );
  const first = yield context.df.Task.any([timer, context.df.waitForExternalEvent(wakeUpEvent)]);
  // An unfired timer would keep the instance running.
  if (first !== timer) timer.cancel();
}

/**
 * Notes an unexpected error in the batch's row and in the log, then waits; the caller continues as
 * new afterwards. Such an error (storage unreachable, an activity that failed for an hour, an
 * unreadable result) never ends a batch, because its job continues in Graph.
 */
export function* noteUnexpectedError(
  context: OrchestrationContext,
  { migrationId, batchId }: BatchRef,
  error: unknown,
): Steps<void> {
  const reason = logError(context, error);
  try {
    doneSchema.parse(
      yield context.df.callActivity(activities.noteTrouble, { migrationId, batchId, reason }),
    );
  } catch {
    // If storage is unreachable, the note is skipped and the wait still applies.
  }
  yield* wait(context, orchestrationPolicy.errorSeconds);
}

/** Removes the note of an unexpected error after the step has succeeded. */
export function* clearUnexpectedError(
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

/**
 * Returns the seconds to wait before a repeated try (`attempt` counts from 1): at least what Graph
 * asks for, growing to an hour.
 */
export function backoffSeconds(attempt: number, askedSeconds: number): number {
  return retrySeconds(attempt, askedSeconds, orchestrationPolicy.longestRetrySeconds);
}

/**
 * The result of one try of an operation: the final value, or the state for the next try and the
 * wait before it.
 */
export type TryResult<Value, State> =
  | { readonly kind: 'done'; readonly value: Value }
  | { readonly kind: 'again'; readonly state: State; readonly seconds: number };

/**
 * Runs the chain of a batch and records its outcome. The chain returns null if the batch came to
 * its end, or the reason if it was stopped. It throws a StepFailure for a verdict. Any other error
 * is noted, and the batch continues as new from the state in its row.
 */
export function* runBatchChain(
  context: OrchestrationContext,
  chain: (context: OrchestrationContext, input: BatchRun) => Steps<string | null>,
): Steps<{ readonly ok: boolean } | undefined> {
  const input = batchRunSchema.parse(context.df.getInput());
  try {
    let failure: string | null = null;
    let stopped: string | null = null;
    try {
      stopped = yield* chain(context, input);
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
      failure = error.message;
    }
    yield* call(
      context,
      activities.finishBatch,
      { ...ownedBatch(input), failure, stopped },
      finishBatchResultSchema,
    );
    return { ok: failure === null };
  } catch (error) {
    if (error instanceof Superseded) return { ok: false };
    yield* noteUnexpectedError(context, input, error);
    context.df.continueAsNew({ ...input, resumes: true, generation: input.generation + 1 });
    return undefined;
  }
}

/** Returns the reference to a batch with the orchestration that runs it as its owner. */
export function ownedBatch({ migrationId, batchId, run, restarts }: BatchRun): OwnedBatch {
  return { migrationId, batchId, owner: { run, restarts } };
}
