import type { z } from 'zod';
import {
  type BatchRef,
  batchRefSchema,
  type doneSchema,
  noteTroubleInputSchema,
  type positionSchema,
} from '../shared/contracts/internal/batch.ts';
import type { Batch, DelayedOperation } from '../shared/contracts/migration.ts';
import type { Task } from '../shared/contracts/task.ts';
import { maskAddresses } from '../shared/contracts/text.ts';
import { freezeText, isFreezeText } from '../shared/domain/commands.ts';
import { clusterFailures } from '../shared/domain/failures.ts';
import { countOutcomes } from '../shared/domain/outcomes.ts';
import { describeProblem } from '../shared/graph/problems.ts';
import type { GraphProblem } from '../shared/graph/result.ts';
import { contentHash } from '../shared/storage/rows.ts';
import { type ActivityServices, audited, storedBatch } from './activityServices.ts';

const mostWords = 500;

/**
 * The `delayedOperation` of a batch that an unexpected error holds up. Only the orchestration that
 * noted the error clears it.
 */
export const continueBatch = 'continue the batch';

/**
 * Describes Graph's last response for a batch's row: status, codes, request-id, and Graph's message
 * with addresses masked. Without a response, the message is one of the network or of a credential;
 * it is written to the log only, under `about`.
 */
export function responseText(
  problem: GraphProblem,
  about: string,
  warn: ActivityServices['warn'],
): string {
  if (problem.httpStatus === 0) {
    warn(`${about}: ${problem.message}`);
    return `${describeProblem(problem)}; the log has the reason under '${about}'`;
  }
  // Graph's message may name people; only outcome rows may do that.
  const words = maskAddresses(problem.message).slice(0, mostWords);
  return `${describeProblem(problem)}${words === '' ? '' : `: ${words}`}`;
}

/**
 * Returns the `delayedOperation` for a batch's row: the operation, since when it is being retried
 * (`sinceMs` the first time), and Graph's last response.
 */
export function delayedBy(
  operation: string,
  lastResponse: string,
  before: DelayedOperation | null,
  sinceMs: number,
): DelayedOperation {
  const sinceAt =
    before?.operation === operation ? before.sinceAt : new Date(sinceMs).toISOString();
  return { operation, sinceAt, lastResponse };
}

/** Notes in a batch's row that an operation is being retried. */
export async function noteDelay(
  { migrationId, batchId }: BatchRef,
  operation: string,
  problem: GraphProblem,
  { stores, nowMs, warn }: Pick<ActivityServices, 'stores' | 'nowMs' | 'warn'>,
): Promise<void> {
  const lastResponse = responseText(problem, `${migrationId} ${batchId}: ${operation}`, warn);
  await stores.batches.change(migrationId, batchId, ({ delayedOperation: before, finishedAt }) =>
    finishedAt === null
      ? {
          delayedOperation: delayedBy(operation, lastResponse, before, nowMs()),
          updatedAt: new Date(nowMs()).toISOString(),
        }
      : undefined,
  );
}

/**
 * Removes these operations, or any operation, from a batch's row. An operation that is not in the
 * list stays.
 */
export async function clearDelay(
  { migrationId, batchId }: BatchRef,
  operations: readonly string[] | 'all',
  { stores, nowMs }: Pick<ActivityServices, 'stores' | 'nowMs'>,
): Promise<void> {
  await stores.batches.change(migrationId, batchId, ({ delayedOperation, finishedAt }) =>
    delayedOperation === null ||
    finishedAt !== null ||
    (operations !== 'all' && !operations.includes(delayedOperation.operation))
      ? undefined
      : { delayedOperation: null, updatedAt: new Date(nowMs()).toISOString() },
  );
}

/**
 * Writes to a batch's row how many tasks it has, their outcomes, and the reasons of failures.
 * Writes nothing if the row is up to date or the batch has ended.
 */
export async function saveCounts(
  { migrationId, batchId }: BatchRef,
  tasks: readonly Task[],
  { stores, nowMs }: ActivityServices,
  mayFollow: (before: Batch['counts'], after: Batch['counts']) => boolean = () => true,
): Promise<void> {
  const sums = taskTotals(tasks);
  const isNews = (batch: Batch): boolean =>
    contentHash(batch.taskCount, batch.counts, batch.failures) !==
    contentHash(sums.taskCount, sums.counts, sums.failures);
  await stores.batches.updateWhen(
    migrationId,
    batchId,
    (batch) => batch.finishedAt === null && isNews(batch) && mayFollow(batch.counts, sums.counts),
    {
      ...sums,
      updatedAt: new Date(nowMs()).toISOString(),
    },
  );
}

/**
 * Recounts a batch whose tasks end one by one, several at a time. A stale count never overwrites a
 * newer one.
 */
export async function recountTasks(
  { migrationId, batchId }: BatchRef,
  services: ActivityServices,
): Promise<void> {
  const tasks = await services.stores.tasks.listBatch(migrationId, batchId);
  await saveCounts(
    { migrationId, batchId },
    tasks,
    services,
    (before, after) => after.pending <= before.pending,
  );
}

/** Returns the columns of a batch's row that are computed from its tasks. */
export function taskTotals(
  tasks: readonly Task[],
): Pick<Batch, 'taskCount' | 'counts' | 'failures'> {
  return {
    taskCount: tasks.length,
    counts: countOutcomes(tasks),
    failures: clusterFailures(tasks),
  };
}

/** Returns where a run of a batch stands according to its row, for a run that continues as new. */
export async function readPosition(
  input: unknown,
  { stores }: ActivityServices,
): Promise<z.infer<typeof positionSchema>> {
  const { migrationId, batchId } = batchRefSchema.parse(input);
  const { attempt, jobId, jobDisplayName, finishedAt } = await storedBatch(
    stores,
    migrationId,
    batchId,
  );
  const open = await stores.tasks.listOpen(migrationId, batchId);
  return {
    isFinished: finishedAt !== null,
    attempt,
    jobId,
    isJobUnknown: jobId === null && jobDisplayName !== null,
    open: open.length,
  };
}

/**
 * Writes an unexpected error to the batch's row and to the log. The batch continues after a wait.
 * `reason` refers to the log entry with the error. With `isOver`, removes the error from the row.
 */
export async function noteTrouble(
  input: unknown,
  { stores, nowMs, warn }: ActivityServices,
): Promise<z.infer<typeof doneSchema>> {
  const { migrationId, batchId, reason, isOver } = noteTroubleInputSchema.parse(input);
  if (isOver) {
    await clearDelay({ migrationId, batchId }, [continueBatch], { stores, nowMs });
    return { kind: 'done' };
  }
  warn(
    `${migrationId} ${batchId}: unexpected error; the batch continues in five minutes: ${reason}`,
  );
  await stores.batches.change(migrationId, batchId, (row) =>
    row.finishedAt === null
      ? {
          delayedOperation: delayedBy(continueBatch, reason, row.delayedOperation, nowMs()),
          updatedAt: new Date(nowMs()).toISOString(),
        }
      : undefined,
  );
  return { kind: 'done' };
}

/**
 * Returns true if a freeze is in force. Activities call it right before they create or migrate
 * anything; the result is never cached.
 */
export async function isFrozen({ stores }: Pick<ActivityServices, 'stores'>): Promise<boolean> {
  return (await stores.freezes.current()) !== null;
}

/**
 * Returns true if a freeze holds a batch before its next step. Shows the freeze in the batch's row,
 * audits it once per freeze, and clears the row after the freeze is lifted. A message that a person
 * is needed stays in the row.
 */
export async function isHeldByFreeze(batch: Batch, services: ActivityServices): Promise<boolean> {
  const { migrationId, batchId, jobId, message } = batch;
  const { stores, nowMs } = services;
  const frozen = await stores.freezes.current();
  if (frozen === null) {
    await clearFreezeMessage(batch, services);
    return false;
  }
  const text = freezeText(frozen);
  if (message === text || batch.needsPerson !== null) return true;
  // Audited before the row changes, because a changed row means that it was audited.
  await audited(
    {
      migrationId,
      batchId,
      jobId,
      eventId: `frozen/${batchId}/${frozen.since}`,
      type: 'batch.frozen',
      by: frozen.by,
      detail: text,
    },
    services,
  );
  await stores.batches.updateWhen(
    migrationId,
    batchId,
    ({ finishedAt, needsPerson }) => finishedAt === null && needsPerson === null,
    { message: text, updatedAt: new Date(nowMs()).toISOString() },
  );
  return true;
}

/** Removes the message about a freeze from a batch's row. */
export async function clearFreezeMessage(
  { migrationId, batchId, message }: Batch,
  { stores, nowMs }: ActivityServices,
): Promise<void> {
  if (!isFreezeText(message)) return;
  await stores.batches.updateWhen(migrationId, batchId, (batch) => isFreezeText(batch.message), {
    message: null,
    updatedAt: new Date(nowMs()).toISOString(),
  });
}

/**
 * Returns the changes to a batch's row when it validates again after it was cleared for cutover:
 * earlier approvals no longer count. Returns undefined if the batch was never cleared.
 */
export function clearanceReset(
  { clearedAt, revalidatedAt }: Pick<Batch, 'clearedAt' | 'revalidatedAt'>,
  { nowMs }: Pick<ActivityServices, 'nowMs'>,
): Pick<Batch, 'clearedAt' | 'revalidatedAt'> | undefined {
  return clearedAt === null && revalidatedAt === null
    ? undefined
    : { clearedAt: null, revalidatedAt: new Date(nowMs()).toISOString() };
}
