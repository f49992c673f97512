import type { BatchRef } from '../shared/contracts/internal/batch.ts';
import type { Batch, DelayedOperation } from '../shared/contracts/migration.ts';
import type { Task } from '../shared/contracts/task.ts';
import { clusterFailures } from '../shared/domain/failures.ts';
import { countOutcomes } from '../shared/domain/outcomes.ts';
import { maskAddresses } from '../shared/domain/text.ts';
import type { GraphProblem } from '../shared/graph/result.ts';
import { contentHash } from '../shared/storage/encoding.ts';
import type { ActivityServices } from './activityServices.ts';
import { reasonOfRefusal } from './refusals.ts';

const mostWords = 500;

/** What a batch's row says while an error that nobody expected keeps the batch from going on. Only the orchestration that has noted it knows when it is over. */
export const goOn = 'go on with the batch';

/**
 * Graph's last answer for a batch's row: status, codes and request-id, and Graph's words with addresses masked. Where there was no answer, the words are those of the network or
 * of a credential: they go to the log, under `about`, and nowhere else.
 */
export function responseText(
  problem: GraphProblem,
  about: string,
  warn: ActivityServices['warn'],
): string {
  if (problem.httpStatus === 0) {
    warn(`${about}: ${problem.message}`);
    return `${reasonOfRefusal(problem)}; the log has the reason under '${about}'`;
  }
  // Graph's words may name people, who are named in outcome rows only.
  const words = maskAddresses(problem.message).slice(0, mostWords);
  return `${reasonOfRefusal(problem)}${words === '' ? '' : `: ${words}`}`;
}

/** What a batch's row says of an operation that is tried again: since when it is not done (`sinceMs` where it is the first time), and Graph's last answer. */
export function delayedBy(
  operation: string,
  answer: string,
  before: DelayedOperation | null,
  sinceMs: number,
): DelayedOperation {
  const sinceAt =
    before?.operation === operation ? before.sinceAt : new Date(sinceMs).toISOString();
  return { operation, sinceAt, lastResponse: answer };
}

/** Notes in a batch's row that an operation is tried again. */
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

/** Notes in a batch's row that these operations, or all, are not tried again any more. Another one that the row names still is. */
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
 * Writes on a batch's row how its tasks stand: how many there are and have which outcome, and who fails for which reasons. Writes
 * nothing when the row says so already, nor on a batch that has ended.
 */
export async function saveCounts(
  { migrationId, batchId }: BatchRef,
  tasks: readonly Task[],
  { stores, nowMs }: ActivityServices,
  mayFollow: (before: Batch['counts'], after: Batch['counts']) => boolean = () => true,
): Promise<void> {
  const sums = sumsOf(tasks);
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

/** The same for a batch whose tasks end one by one, several at a time: who has counted fewer ends does not overwrite who has counted more. */
export async function countAgain(
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

/** What a batch's row says of its tasks. */
export function sumsOf(tasks: readonly Task[]): Pick<Batch, 'taskCount' | 'counts' | 'failures'> {
  return {
    taskCount: tasks.length,
    counts: countOutcomes(tasks),
    failures: clusterFailures(tasks),
  };
}
