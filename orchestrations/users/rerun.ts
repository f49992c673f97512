import type { z } from 'zod';
import type { Command, CommandResult } from '../../shared/contracts/command.ts';
import {
  planRunInputSchema,
  type planRunResultSchema,
} from '../../shared/contracts/internal/batch.ts';
import type { Batch, Migration } from '../../shared/contracts/migration.ts';
import type { Task } from '../../shared/contracts/task.ts';
import { hasStarted } from '../../shared/domain/batchStates.ts';
import { addCounts, countTasks, isFinalPhase } from '../../shared/domain/outcomes.ts';
import type { LedgerEntry, LedgerHolder } from '../../shared/storage/ledgerRows.ts';
import {
  type ActivityServices,
  replaceMigration,
  reserveUsers,
  storedBatch,
  storedMigration,
  unavailableTask,
} from '../activityServices.ts';
import { taskTotals } from '../batchStatus.ts';
import { commandDefinitions } from '../commands/index.ts';
import { requestEarlyPoll } from '../commands/retry.ts';
import { moveAgainOf, planResult } from '../migration/plan.ts';
import { addTasks } from './addTasks.ts';
import { FrozenError, MembershipUnknownError } from './runningJob.ts';

/**
 * Plans the run of a command: opens batches that run again, or adds batches for new users. May run
 * again at any point. Returns `retryAfter` if Graph does not say whether an added user is in a job
 * already.
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
    throw new Error(`migration ${migrationId} has no command ${runCommandId}`);
  if (commandDefinitions[command.kind].run === 'deletesJobs')
    return { ...planResult(migration, [], services), deletion: true };
  if (trouble !== null && !isFinalPhase(migration.phase))
    await stores.migrations.update(migrationId, {
      message: `retrying after an error: ${trouble}`,
    });
  const decided = new Set(
    results.filter(({ commandId }) => commandId === runCommandId).map(({ batchId }) => batchId),
  );
  const runBatchChain = await prepare(migration, command, decided, services).catch(retryLater);
  if ('kind' in runBatchChain) return runBatchChain;

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
  // Last, so that a command is never shown as applied while the migration is still shown as ended.
  for (const result of runBatchChain)
    await stores.commands.recordResult({
      migrationId,
      commandId: runCommandId,
      ...result,
      decidedAt: new Date(services.nowMs()).toISOString(),
    });
  return planResult(migration, own, services);
}

type Result = Pick<CommandResult, 'batchId' | 'verdict' | 'detail'>;

/**
 * Returns the results to record once the migration shows the run. A batch that has a result was
 * prepared before.
 */
async function prepare(
  migration: Migration,
  command: Command,
  decided: ReadonlySet<string | null>,
  services: ActivityServices,
): Promise<readonly Result[]> {
  if (commandDefinitions[command.kind].run === 'addsBatches')
    return decided.has(null)
      ? []
      : [{ batchId: null, ...(await addTasks(migration, command, services)) }];
  const runBatchChain: Result[] = [];
  for (const batchId of command.targets)
    if (!decided.has(batchId))
      runBatchChain.push({
        batchId,
        ...(await reopenBatch(migration, command, batchId, services)),
      });
  return runBatchChain;
}

function retryLater(error: unknown): { readonly kind: 'retryAfter'; readonly seconds: number } {
  if (error instanceof MembershipUnknownError || error instanceof FrozenError)
    return { kind: 'retryAfter', seconds: error.seconds };
  throw error;
}

/**
 * Opens a batch that has ended for another run of the users who did not succeed. A user who is in
 * another migration by now is recorded as invalid; a user who was moved does not run again. If the
 * batch still runs and its job is out of sight, requests an early status check instead. May run
 * again: the row stores the command that opened the batch.
 */
async function reopenBatch(
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
        'the job is checked again: the batch continues with it once Graph shows it, or with a new job once it is gone',
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
      revalidatedAt: null,
      waiterId: null,
      finishedAt: null,
      updatedAt,
    },
  );
  const batch = await storedBatch(stores, migrationId, batchId);
  if (batch.runCommandId !== commandId || batch.finishedAt !== null)
    return {
      verdict: 'tooLate',
      detail: 'the batch is running: another command has opened it, or Graph shows its job again',
    };
  // Once the run has begun, outcomes belong to it.
  if (hasStarted(batch)) return { verdict: 'applied', detail: 'the batch runs again' };
  const counts = await openTasks(migration, batch, updatedAt, services);
  return {
    verdict: 'applied',
    detail:
      counts.pending === 1 ? '1 user runs again' : `${String(counts.pending)} users run again`,
  };
}

const canRunAgain = ({ outcome }: Task): boolean =>
  outcome === 'failed' || outcome === 'invalid' || outcome === 'unknown';

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
    tasks.filter(canRunAgain),
    services,
  );
  const opened = tasks.map((task): Task => {
    if (!canRunAgain(task)) return task;
    const entry = conflicts.get(task.taskId);
    if (entry === undefined)
      return { ...task, outcome: null, outcomeBefore: task.outcome, updatedAt };
    return entry.state === 'moved' ? task : unavailableTask(task, entry, updatedAt);
  });
  await stores.tasks.save(opened.filter((task, index) => task !== tasks[index]));
  const sums = taskTotals(opened);
  await stores.batches.update(migrationId, batchId, sums);
  return sums.counts;
}

/** Reserves users for the new run. Reads the request only if a user was moved before. */
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
