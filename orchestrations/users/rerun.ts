import type { z } from 'zod';
import type { Command, CommandResult } from '../../shared/contracts/command.ts';
import {
  type doneSchema,
  batchRefSchema,
  noteTroubleInputSchema,
  planRunInputSchema,
  type planRunResultSchema,
  type positionSchema,
} from '../../shared/contracts/internal/activities.ts';
import type { Batch, Migration } from '../../shared/contracts/migration.ts';
import type { Task } from '../../shared/contracts/task.ts';
import { isBegun } from '../../shared/domain/batches.ts';
import { addCounts, countTasks, isFinalPhase } from '../../shared/domain/outcomes.ts';
import { requestEarlyPoll } from '../../shared/intake/saveCommand.ts';
import type { LedgerEntry, LedgerHolder } from '../../shared/storage/globalStores.ts';
import {
  type ActivityServices,
  replaceMigration,
  storedBatch,
  storedMigration,
} from '../activityServices.ts';
import { clearDelay, delayedBy, goOn, sumsOf } from '../batchStatus.ts';
import { moveAgainOf, planResult } from '../migration/plan.ts';
import { elsewhere, reserveUsers } from '../reservations.ts';
import { addTasks } from './addTasks.ts';
import { FrozenError, MembershipUnknownError } from './runningJob.ts';

const mayTryAgain = ({ outcome }: Task): boolean =>
  outcome === 'failed' || outcome === 'invalid' || outcome === 'unknown';

/**
 * Opens a batch that has ended for another run with those who did not make it; the others keep their outcome. A user whom another migration has by
 * now is recorded as invalid, and one who was moved keeps the outcome. A batch that runs and whose job is out of sight is told to look for it. May
 * run again: the row says by whose command it is open.
 */
export async function reopenBatch(
  migration: Migration,
  { migrationId, commandId }: Command,
  batchId: string,
  services: ActivityServices,
): Promise<{ readonly verdict: 'applied' | 'tooLate'; readonly detail: string }> {
  const { stores, nowMs } = services;
  if (await requestEarlyPoll(stores, migrationId, batchId, commandId)) {
    return {
      verdict: 'applied',
      detail:
        'the job is looked for; it is taken over when Graph shows it, and replaced when it is gone',
    };
  }
  const updatedAt = new Date(nowMs()).toISOString();
  const { run, attempt } = await storedBatch(stores, migrationId, batchId);
  await stores.batches.updateWhen(
    migrationId,
    batchId,
    (batch) => batch.finishedAt !== null && batch.runCommandId !== commandId && batch.run === run,
    {
      phase: 'queued',
      run: run + 1,
      restarts: 0,
      firstAttempt: attempt + 1,
      runCommandId: commandId,
      message: null,
      needsPerson: null,
      delayedOperation: null,
      outOfSightAt: null,
      retryCommandId: null,
      clearedAt: null,
      approveAfter: null,
      waiterId: null,
      finishedAt: null,
      updatedAt,
    },
  );
  const batch = await storedBatch(stores, migrationId, batchId);
  if (batch.runCommandId !== commandId || batch.finishedAt !== null)
    return {
      verdict: 'tooLate',
      detail:
        'the batch is under way: another command has taken it up again, or Graph shows its job again',
    };
  // Once the run has begun, an outcome is its own.
  if (isBegun(batch)) return { verdict: 'applied', detail: 'taken up again' };
  const counts = await openTasks(migration, batch, updatedAt, services);
  return { verdict: 'applied', detail: `${String(counts.pending)} taken up again` };
}

async function openTasks(
  migration: Migration,
  { migrationId, batchId, run }: Batch,
  updatedAt: string,
  services: ActivityServices,
): Promise<Batch['counts']> {
  const { stores } = services;
  const tasks = await stores.tasks.listBatch(migrationId, batchId);
  const conflicts = await reserveForRun(
    migration,
    { migrationId, batchId, run },
    tasks.filter(mayTryAgain),
    services,
  );
  const opened = tasks.map((task): Task => {
    if (!mayTryAgain(task)) return task;
    const entry = conflicts.get(task.taskId);
    if (entry === undefined)
      return { ...task, outcome: null, outcomeBefore: task.outcome, updatedAt };
    return entry.state === 'moved' ? task : elsewhere(task, entry, updatedAt);
  });
  await stores.tasks.save(opened.filter((task, index) => task !== tasks[index]));
  const sums = sumsOf(opened);
  await stores.batches.update(migrationId, batchId, sums);
  return sums.counts;
}

/** Reserves users for the new run. The request is read only where somebody was moved. */
async function reserveForRun(
  { validateOnly }: Migration,
  holder: LedgerHolder,
  tasks: readonly Task[],
  services: ActivityServices,
): Promise<ReadonlyMap<string, LedgerEntry>> {
  const conflicts = await reserveUsers(
    holder,
    tasks,
    { validateOnly, moveAgain: () => false },
    services,
  );
  if (![...conflicts.values()].some(({ state }) => state === 'moved')) return conflicts;
  const moveAgain = await moveAgainOf(services.stores, holder.migrationId);
  const again = tasks.filter(
    ({ taskId }) => conflicts.get(taskId)?.state === 'moved' && moveAgain(taskId),
  );
  const remaining = await reserveUsers(
    holder,
    again,
    { validateOnly, moveAgain: () => true },
    services,
  );
  const won = new Set(
    again.filter(({ taskId }) => !remaining.has(taskId)).map(({ taskId }) => taskId),
  );
  return new Map([...conflicts, ...remaining].filter(([taskId]) => !won.has(taskId)));
}

/**
 * Prepares what a command adds to a migration: batches to run again, or further ones. May run again at any point, and has to where
 * Graph does not tell whether somebody who is added is in a job already.
 */
export async function planRun(
  input: unknown,
  services: ActivityServices,
): Promise<z.infer<typeof planRunResultSchema>> {
  const { migrationId, runCommandId, trouble } = planRunInputSchema.parse(input);
  const { stores } = services;
  const migration = await storedMigration(stores, migrationId);
  const { commands, results } = await stores.commands.readLog(migrationId);
  const command = commands.find(({ commandId }) => commandId === runCommandId);
  if (command === undefined)
    throw new Error(`the command ${runCommandId} of ${migrationId} is not on record`);
  if (command.kind === 'deleteJobs')
    return { ...planResult(migration, [], services), deletion: true };
  if (trouble !== null && !isFinalPhase(migration.phase))
    await stores.migrations.update(migrationId, {
      message: `waits and is tried again: ${trouble}`,
    });
  const answered = new Set(
    results.filter(({ commandId }) => commandId === runCommandId).map(({ batchId }) => batchId),
  );
  const toRecord = await prepare(migration, command, answered, services).catch(retryLater);
  if ('kind' in toRecord) return toRecord;

  const now = await storedMigration(stores, migrationId);
  const batches = await stores.batches.list(migrationId);
  const own = batches.filter(
    (batch) => batch.runCommandId === runCommandId && batch.finishedAt === null,
  );
  await replaceMigration(stores, now, {
    ...(own.length === 0 ? {} : { phase: 'running' as const, finishedAt: null }),
    ...(own.length === 0 && (trouble === null || isFinalPhase(now.phase)) ? {} : { message: null }),
    batchCount: Math.max(batches.length, now.batchCount),
    taskCount: Math.max(now.taskCount, countTasks(batches)),
    ...(own.length === 0 ? {} : { counts: addCounts(batches.map(({ counts }) => counts)) }),
    updatedAt: new Date(services.nowMs()).toISOString(),
  });
  // Last: whoever reads that it was applied must not find the migration at its end any more.
  for (const result of toRecord)
    await stores.commands.recordResult({
      migrationId,
      commandId: runCommandId,
      ...result,
      decidedAt: new Date(services.nowMs()).toISOString(),
    });
  return planResult(migration, own, services);
}

type Result = Pick<CommandResult, 'batchId' | 'verdict' | 'detail'>;

/** What is to be answered once the migration shows it. Where an answer is there, everything was done before it. */
async function prepare(
  migration: Migration,
  command: Command,
  answered: ReadonlySet<string | null>,
  services: ActivityServices,
): Promise<readonly Result[]> {
  if (command.kind === 'addTasks')
    return answered.has(null)
      ? []
      : [{ batchId: null, ...(await addTasks(migration, command, services)) }];
  const toRecord: Result[] = [];
  for (const batchId of command.targets)
    if (!answered.has(batchId))
      toRecord.push({ batchId, ...(await reopenBatch(migration, command, batchId, services)) });
  return toRecord;
}

function retryLater(error: unknown): { readonly kind: 'retryAfter'; readonly seconds: number } {
  if (error instanceof MembershipUnknownError || error instanceof FrozenError)
    return { kind: 'retryAfter', seconds: error.seconds };
  throw error;
}

/** Where a run of a batch stands, as its row says: for a run that goes on as new. */
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
 * Says in the batch's row and in the log that something unexpected has happened, and that the batch goes on; with `isOver`, in the row that this is over.
 * `reason` names the entry of the log that has what it was.
 */
export async function noteTrouble(
  input: unknown,
  { stores, nowMs, warn }: ActivityServices,
): Promise<z.infer<typeof doneSchema>> {
  const { migrationId, batchId, reason, isOver } = noteTroubleInputSchema.parse(input);
  if (isOver) {
    await clearDelay({ migrationId, batchId }, [goOn], { stores, nowMs });
    return { kind: 'done' };
  }
  warn(
    `${migrationId} ${batchId}: an unexpected error, the batch goes on in five minutes: ${reason}`,
  );
  await stores.batches.change(migrationId, batchId, (row) =>
    row.finishedAt === null
      ? {
          delayedOperation: delayedBy(goOn, reason, row.delayedOperation, nowMs()),
          updatedAt: new Date(nowMs()).toISOString(),
        }
      : undefined,
  );
  return { kind: 'done' };
}
