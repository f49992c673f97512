import type { z } from 'zod';
import { finishBatchInputSchema, type finishBatchResultSchema } from '../../shared/contracts/activities.ts';
import type { Batch, Migration } from '../../shared/contracts/migration.ts';
import type { Task } from '../../shared/contracts/task.ts';
import { undecidedFor } from '../../shared/domain/answeredCommands.ts';
import { finalPhaseOf } from '../../shared/domain/finalPhase.ts';
import { letGo } from '../../shared/domain/letGo.ts';
import { batchFinished } from '../../shared/domain/outcomeEvent.ts';
import { withJobEntry } from '../../shared/domain/taskOutcome.ts';
import type { ActivityServices } from './activityServices.ts';
import { sumsOf } from './keepSums.ts';
import { storedBatch, storedMigration } from './storedRows.ts';

/**
 * Ends a batch: users who have no outcome yet have failed with it, the row gets counts, failures and final phase, and
 * the event goes out. May run again at any point: what is written is the same, the event has the same id.
 */
export async function finishBatch(input: unknown, services: ActivityServices): Promise<z.infer<typeof finishBatchResultSchema>> {
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
  { stores, nowMs }: ActivityServices,
): Promise<Batch> {
  const finishedAt = batch.finishedAt ?? new Date(nowMs()).toISOString();
  const tasks = await stores.tasks.listBatch(batch.migrationId, batch.batchId);
  const left = tasks
    .filter(({ outcome }) => outcome === null)
    .map((task) =>
      failure === null && stopped !== null
        ? letGo(task, withJobEntry(task.services, { status: 'cancelled', message: stopped, errors: [] }), finishedAt)
        : failedWithBatch(task, failure ?? 'the batch has ended without a result for this user', finishedAt),
    );
  if (left.length > 0) await stores.tasks.save(left);
  const outcomes = new Map(left.map((task) => [task.taskId, task]));
  const ended = tasks.map((task) => outcomes.get(task.taskId) ?? task);
  const sums = sumsOf(ended);
  const { counts } = sums;
  const phase = finalPhaseOf(counts, migration.validateOnly);
  const message = failure ?? stopped ?? batch.message;
  await stores.batches.update(batch.migrationId, batch.batchId, { ...sums, phase, message, needsPerson: null, finishedAt, updatedAt: finishedAt });
  await stores.slots.releaseBatch(batch.migrationId, batch.batchId);
  // After the end is on the row: whoever asks from now on sees it, whoever asked before is answered here.
  for (const { commandId } of undecidedFor(batch.batchId, await stores.commands.book(batch.migrationId))) {
    await stores.commands.answer({ migrationId: batch.migrationId, commandId, batchId: batch.batchId, verdict: 'tooLate', detail: 'the batch had ended', decidedAt: finishedAt });
  }
  await stores.outcomes.send(batchFinished(migration, batch, { phase, counts, message, finishedAt }));
  return { ...batch, ...sums, phase, message, finishedAt, updatedAt: finishedAt };
}

function failedWithBatch(task: Task, message: string, updatedAt: string): Task {
  return {
    ...task,
    outcome: 'failed',
    services: withJobEntry(task.services, { status: 'failed', message, errors: [{ code: 'BatchFailed', message }] }),
    updatedAt,
  };
}
