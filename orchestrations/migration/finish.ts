import type { z } from 'zod';
import type { Command, CommandResult } from '../../shared/contracts/command.ts';
import {
  finishBatchInputSchema,
  type finishBatchResultSchema,
  finishMigrationInputSchema,
  type finishMigrationResultSchema,
} from '../../shared/contracts/internal/batch.ts';
import type { Batch, Migration } from '../../shared/contracts/migration.ts';
import type { Task } from '../../shared/contracts/task.ts';
import { hasStarted } from '../../shared/domain/batchStates.ts';
import {
  isFreezeText,
  pendingCommands,
  unconfirmedCommands,
} from '../../shared/domain/commands.ts';
import { endsWatch, isJobStatus, isUnderWay } from '../../shared/domain/lifecycle.ts';
import { batchFinished, migrationFinished } from '../../shared/domain/outcomeEvent.ts';
import {
  addCounts,
  cancelUnstarted,
  countTasks,
  finalPhaseOf,
  withJobEntry,
} from '../../shared/domain/outcomes.ts';
import { hasFinalOutcome } from '../../shared/domain/polling.ts';
import { creationStateOf, mayHaveTask } from '../../shared/domain/sharePointCreation.ts';
import {
  type ActivityServices,
  release,
  replaceMigration,
  storedBatch,
  storedMigration,
} from '../activityServices.ts';
import { taskTotals } from '../batchStatus.ts';
import { commandDefinitions } from '../commands/index.ts';

/**
 * Ends a batch. Tasks without an outcome get one: `failed`, or `unknown` if a job may still move
 * the user. The row gets counts, failures and the final phase, and the outcome event is sent. Safe
 * to repeat: the rows and the id of the event are the same each time.
 */
export async function finishBatch(
  input: unknown,
  services: ActivityServices,
): Promise<z.infer<typeof finishBatchResultSchema>> {
  const { migrationId, batchId, failure, stopped } = finishBatchInputSchema.parse(input);
  const migration = await storedMigration(services.stores, migrationId);
  const batch = await storedBatch(services.stores, migrationId, batchId);
  return { phase: (await endBatch(migration, batch, { failure, stopped }, services)).phase };
}

/** Ends a batch and returns its row. */
export async function endBatch(
  migration: Migration,
  batch: Batch,
  { failure, stopped }: { readonly failure: string | null; readonly stopped: string | null },
  services: ActivityServices,
): Promise<Batch> {
  const { stores, nowMs } = services;
  const finishedAt = batch.finishedAt ?? new Date(nowMs()).toISOString();
  const tasks = await stores.tasks.listBatch(batch.migrationId, batch.batchId);
  const remaining = tasks
    .filter(({ outcome }) => outcome === null)
    .map((task) => endTask(task, batch, { failure, stopped }, finishedAt));
  if (remaining.length > 0) await stores.tasks.save(remaining);
  // Includes tasks that had their outcome before, in case a crash came between the outcome and the
  // ledger. Unknown outcomes are no longer followed up.
  await release(
    batch,
    [...tasks.filter(({ outcome }) => outcome !== null), ...remaining.filter(hasFinalOutcome)],
    services,
  );
  const outcomes = new Map(remaining.map((task) => [task.taskId, task]));
  let ended = tasks.map((task) => outcomes.get(task.taskId) ?? task);
  let sums = taskTotals(ended);
  let phase = finalPhaseOf(sums.counts, migration.validateOnly);
  // A batch that has ended keeps its reason.
  const message =
    batch.finishedAt === null
      ? (failure ?? stopped ?? (isFreezeText(batch.message) ? null : batch.message))
      : batch.message;
  const closed = {
    needsPerson: null,
    delayedOperation: null,
    outOfSightAt: null,
    retryCommandId: null,
  };
  await stores.batches.update(batch.migrationId, batch.batchId, {
    ...sums,
    ...closed,
    phase,
    message,
    finishedAt,
    updatedAt: finishedAt,
  });
  // A command adds a user to a running job and then reads whether the batch has ended; the end is
  // written first and then the users are read again, so that one of the two finds the user.
  if (services.userTaskWrites && (await endAddedTasks(batch, finishedAt, services))) {
    ended = [...(await stores.tasks.listBatch(batch.migrationId, batch.batchId))];
    sums = taskTotals(ended);
    phase = finalPhaseOf(sums.counts, migration.validateOnly);
    await stores.batches.update(batch.migrationId, batch.batchId, { ...sums, phase });
  }
  await stores.quota.releaseBatch(batch.migrationId, batch.batchId);
  // After the row shows the end: later commands are rejected by it, earlier ones get their result
  // here.
  const commandLog = await stores.commands.readBatchLog(batch.migrationId, batch.batchId);
  for (const { commandId } of pendingCommands(batch.batchId, commandLog)) {
    await stores.commands.recordResult({
      migrationId: batch.migrationId,
      commandId,
      batchId: batch.batchId,
      verdict: 'tooLate',
      detail: 'the batch had ended',
      decidedAt: finishedAt,
    });
  }
  if (batch.jobStatus !== null && !mayStillMigrate(batch)) {
    for (const command of unconfirmedCommands(batch.batchId, commandLog))
      await stores.commands.recordResult({
        ...resultOf(command, batch.jobStatus, ended),
        migrationId: batch.migrationId,
        commandId: command.commandId,
        batchId: batch.batchId,
        decidedAt: finishedAt,
      });
  }
  await stores.outcomes.send(
    batchFinished(migration, batch, { phase, counts: sums.counts, message, finishedAt }),
  );
  return { ...batch, ...sums, ...closed, phase, message, finishedAt, updatedAt: finishedAt };
}

/**
 * Gives the users who were added to the job while the batch ended the outcome `unknown`: Graph was
 * not asked about them after the job's end. A retry reads what became of them.
 */
async function endAddedTasks(
  { migrationId, batchId, jobId }: Batch,
  updatedAt: string,
  { stores }: ActivityServices,
): Promise<boolean> {
  const tasks = await stores.tasks.listBatch(migrationId, batchId);
  const open = tasks.filter(({ outcome }) => outcome === null);
  if (open.length === 0) return false;
  const message = 'the user was added to the job while the batch ended; retry reads the outcome';
  await stores.tasks.save(
    open.map((task) => unknownWithBatch({ ...task, jobId }, message, updatedAt)),
    open,
  );
  return true;
}

/** Returns the final result of an unconfirmed command once the job can no longer migrate users. */
function resultOf(
  command: Command,
  jobStatus: string,
  tasks: readonly Task[],
): Pick<CommandResult, 'verdict' | 'detail'> {
  return commandDefinitions[command.kind].tookEffect?.(command, jobStatus, tasks) === true
    ? { verdict: 'applied', detail: 'it took effect' }
    : {
        verdict: 'tooLate',
        detail: endsWatch('migrated', jobStatus)
          ? `the job ended as ${jobStatus}`
          : `the batch has ended, and its job is ${jobStatus}: it moves no users`,
      };
}

/**
 * Returns the task with its final outcome. `failure` and `stopped` are both null if the batch came
 * to its end by itself.
 */
function endTask(
  task: Task,
  batch: Batch,
  { failure, stopped }: { readonly failure: string | null; readonly stopped: string | null },
  updatedAt: string,
): Task {
  if (task.parameters === null ? mayStillMigrate(batch) : mayHaveBeenCreated(task)) {
    const message = failure ?? stopped ?? 'the batch has ended, and its job may still be running';
    return unknownWithBatch(task, message, updatedAt);
  }
  if (failure === null && stopped !== null)
    return cancelUnstarted(
      task,
      withJobEntry(task.services, { status: 'cancelled', message: stopped, errors: [] }),
      updatedAt,
    );
  return failedWithBatch(
    task,
    failure ?? 'the batch has ended without a result for this user',
    updatedAt,
  );
}

/**
 * Returns true if the batch's job may still move users unwatched: when last seen, it was under way
 * or had an undocumented status.
 */
function mayStillMigrate({ jobId, jobStatus }: Batch): boolean {
  return (
    jobId !== null &&
    jobStatus !== null &&
    (isUnderWay(jobStatus) || jobStatus === 'approved' || !isJobStatus(jobStatus))
  );
}

/**
 * Returns true if Graph may have a SharePoint task of this run: it was created, or a create was
 * sent.
 */
function mayHaveBeenCreated(task: Task): boolean {
  return task.outcomeBefore === null && (mayHaveTask(task) || creationStateOf(task) === 'created');
}

function unknownWithBatch(task: Task, message: string, updatedAt: string): Task {
  return {
    ...task,
    outcome: 'unknown',
    services: withJobEntry(task.services, {
      status: 'outOfSight',
      message,
      errors: [{ code: 'OutOfSight', message }],
    }),
    updatedAt,
  };
}

function failedWithBatch(task: Task, message: string, updatedAt: string): Task {
  return {
    ...task,
    outcome: 'failed',
    services: withJobEntry(task.services, {
      status: 'failed',
      message,
      errors: [{ code: 'BatchFailed', message }],
    }),
    updatedAt,
  };
}

/**
 * Ends a migration, or a run that a command added. With a `failure`, batches that have not begun
 * end as well; a batch that has begun only ends by itself, and `unfinished` reports it. If no batch
 * is open any more, writes the totals and sends the outcome event; otherwise the last run to end
 * does that.
 */
export async function finishMigration(
  input: unknown,
  services: ActivityServices,
): Promise<z.infer<typeof finishMigrationResultSchema>> {
  const { migrationId, runCommandId, failure } = finishMigrationInputSchema.parse(input);
  const { stores } = services;
  const migration = await storedMigration(stores, migrationId);
  const finishedAt = migration.finishedAt ?? new Date(services.nowMs()).toISOString();
  const batches = [];
  for (const batch of await stores.batches.list(migrationId)) {
    const isToEnd = failure !== null && batch.runCommandId === runCommandId && !hasStarted(batch);
    batches.push(
      isToEnd ? await endBatch(migration, batch, { failure, stopped: null }, services) : batch,
    );
  }
  const open = batches.filter((batch) => batch.finishedAt === null);
  if (open.length > 0)
    return {
      phase: 'running',
      unfinished: open.some((batch) => batch.runCommandId === runCommandId),
    };
  const counts =
    batches.length === 0 ? migration.counts : addCounts(batches.map((batch) => batch.counts));
  // Never fewer than were accepted.
  const taskCount = Math.max(migration.taskCount, countTasks(batches));
  const phase = batches.length === 0 ? 'failed' : finalPhaseOf(counts, migration.validateOnly);
  const batchCount = Math.max(migration.batchCount, batches.length);
  await replaceMigration(stores, migration, {
    phase,
    taskCount,
    batchCount,
    counts,
    message: failure,
    finishedAt,
    updatedAt: finishedAt,
  });
  const runs = batches.reduce((sum, { run }) => sum + run, 0);
  await stores.outcomes.send(
    migrationFinished(migration, { phase, counts, message: failure, finishedAt }, runs),
  );
  return { phase, unfinished: false };
}
