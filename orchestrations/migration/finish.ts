import type { z } from 'zod';
import type { Command, CommandResult } from '../../shared/contracts/command.ts';
import {
  finishBatchInputSchema,
  type finishBatchResultSchema,
} from '../../shared/contracts/internal/batch.ts';
import {
  finishMigrationInputSchema,
  type finishMigrationResultSchema,
} from '../../shared/contracts/internal/migration.ts';
import type { Batch, Migration } from '../../shared/contracts/migration.ts';
import type { Task } from '../../shared/contracts/task.ts';
import { hasStarted } from '../../shared/domain/batches.ts';
import { isFreezeText } from '../../shared/domain/checkpoint.ts';
import { unconfirmedCommands, pendingCommands } from '../../shared/domain/commands.ts';
import { endsWatch, isJobStatus, isUnderWay } from '../../shared/domain/lifecycle.ts';
import { batchFinished, migrationFinished } from '../../shared/domain/outcomeEvent.ts';
import {
  addCounts,
  countTasks,
  finalPhaseOf,
  cancelUnstarted,
  withJobEntry,
} from '../../shared/domain/outcomes.ts';
import { hasFinalOutcome } from '../../shared/domain/sight.ts';
import {
  type ActivityServices,
  replaceMigration,
  storedBatch,
  storedMigration,
} from '../activityServices.ts';
import { sumsOf } from '../batchStatus.ts';
import { release } from '../reservations.ts';

/**
 * Ends a batch: users who have no outcome yet have failed with it (of whom a job may still move it is unknown), the row gets counts, failures and final phase, and
 * the event goes out. May run again at any point: what is written is the same, the event has the same id.
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

/** Ends one batch and returns its row as it stands then. */
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
  // Also those who had their outcome before: a crash may have come between it and the ledger. Of whom nothing was known until now, nothing is looked for any more.
  await release(
    batch,
    [...tasks.filter(({ outcome }) => outcome !== null), ...remaining.filter(hasFinalOutcome)],
    services,
  );
  const outcomes = new Map(remaining.map((task) => [task.taskId, task]));
  const ended = tasks.map((task) => outcomes.get(task.taskId) ?? task);
  const sums = sumsOf(ended);
  const { counts } = sums;
  const phase = finalPhaseOf(counts, migration.validateOnly);
  // A batch that has ended keeps the reason that it has ended with.
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
  await stores.quota.releaseBatch(batch.migrationId, batch.batchId);
  // After the end is on the row: whoever asks from now on sees it, whoever asked before is answered here.
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
    batchFinished(migration, batch, { phase, counts, message, finishedAt }),
  );
  return { ...batch, ...sums, ...closed, phase, message, finishedAt, updatedAt: finishedAt };
}

/** What has become of a command that was unconfirmed, now that the job moves nobody any more. */
function resultOf(
  { kind, taskId }: Command,
  jobStatus: string,
  tasks: readonly Task[],
): Pick<CommandResult, 'verdict' | 'detail'> {
  const isCancelled =
    kind === 'cancel'
      ? jobStatus === 'cancelled'
      : kind === 'cancelTask' &&
        tasks.some((task) => task.taskId === taskId && task.outcome === 'cancelled');
  return isCancelled
    ? { verdict: 'applied', detail: 'it had taken effect' }
    : {
        verdict: 'tooLate',
        detail: endsWatch('migrated', jobStatus)
          ? `the job had ended as ${jobStatus}`
          : `the batch has ended, and its job is ${jobStatus}: it moves nobody`,
      };
}

/** Null and null: the batch has come to its end by itself. */
function endTask(
  task: Task,
  batch: Batch,
  { failure, stopped }: { readonly failure: string | null; readonly stopped: string | null },
  updatedAt: string,
): Task {
  if (task.parameters === null ? mayStillMigrate(batch) : mayHaveBeenCreated(task)) {
    const message = failure ?? stopped ?? 'the batch has ended, and its job may go on';
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

/** Whether the job of a batch may move users although nobody looks at it any more: it was under way, or said what nobody has published, when it was seen last. */
function mayStillMigrate({ jobId, jobStatus }: Batch): boolean {
  return (
    jobId !== null &&
    jobStatus !== null &&
    (isUnderWay(jobStatus) || jobStatus === 'approved' || !isJobStatus(jobStatus))
  );
}

/** Whether Graph may have a SharePoint task of this run: it was created, or its create was on its way. */
function mayHaveBeenCreated({ outcomeBefore, jobId, services }: Task): boolean {
  return (
    outcomeBefore === null &&
    (jobId !== null || services.some(({ status }) => status === 'creating'))
  );
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
 * Ends a migration, or a round of it. With a `failure`, batches of its own that were never begun end by it; one that was begun has no end but its
 * own, so it is left and the answer says so. When no batch is left that runs, the sums and the event; else the one that ends last does that.
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
  // Never less than what was accepted.
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
