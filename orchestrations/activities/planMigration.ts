import type { z } from 'zod';
import type { planResultSchema } from '../../shared/contracts/activities.ts';
import type { Batch } from '../../shared/contracts/migration.ts';
import { migrationInputSchema } from '../../shared/contracts/orchestrations.ts';
import type { SharePointParameters } from '../../shared/contracts/sharePointParameters.ts';
import type { Task } from '../../shared/contracts/task.ts';
import type { RequestedUser } from '../../shared/contracts/usersRequest.ts';
import { addCounts, countTasks } from '../../shared/domain/counts.ts';
import { isFinalPhase } from '../../shared/domain/finalPhase.ts';
import { splitIntoBatches } from '../../shared/domain/plan.ts';
import { acceptanceEntry } from '../../shared/storage/auditEntries.ts';
import { inParallel } from '../../shared/storage/inParallel.ts';
import { moveId } from '../../shared/storage/moveId.ts';
import type { ActivityServices } from './activityServices.ts';
import { sumsOf } from './keepSums.ts';
import { moveAgainIn } from './moveAgain.ts';
import { newBatch } from './newBatch.ts';
import { newMove } from './newMove.ts';
import { newTask } from './newTask.ts';
import { planResult } from './planResult.ts';
import { insertReserved, type ReservationRules } from './reservations.ts';
import { replaceMigration, storedMigration } from './storedRows.ts';

const parallelBatches = 20;

/**
 * Splits the request into batches, reserves every user in the ledger, and writes a row for each user and batch; rows that exist stay as they are. A
 * user whom another migration has, or has moved, is recorded as invalid. May run again at any point.
 */
export async function planMigration(
  input: unknown,
  services: ActivityServices,
): Promise<z.infer<typeof planResultSchema>> {
  const { migrationId, trouble } = migrationInputSchema.parse(input);
  const { stores } = services;
  const migration = await storedMigration(stores, migrationId);
  await stores.audit.append(migrationId, acceptanceEntry(migration));
  if (trouble !== null && !isFinalPhase(migration.phase))
    await stores.migrations.update(migrationId, {
      message: `waits and is tried again: ${trouble}`,
    });
  const request = await stores.requests.load(migrationId);
  const updatedAt = new Date(services.nowMs()).toISOString();
  const plan = splitIntoBatches<RequestedUser | SharePointParameters>(
    request.kind === 'users' ? request.users : request.tasks,
    migration.batchSize,
  );
  const ids = new Set(plan.map(({ batchId }) => batchId));

  // The rows of batches come last: where all of them are there, all is planned.
  const known = (await stores.batches.list(migrationId)).filter(({ batchId }) =>
    ids.has(batchId),
  ).length;
  if (known < plan.length) {
    const rules = { validateOnly: migration.validateOnly, moveAgain: moveAgainIn(request) };
    // A few at a time: the rows of all tasks would take much memory.
    const rows = await inParallel(parallelBatches, plan, ({ batchId, users }) => {
      const place = { migrationId, batchId, updatedAt };
      const tasks = users.map((user) =>
        '@odata.type' in user ? newMove(place, user) : newTask(place, user),
      );
      return insertTasks(
        newBatch({ ...place, taskCount: tasks.length, round: null }),
        tasks,
        rules,
        services,
      );
    });
    await stores.tasks.insertPlaces(
      migrationId,
      plan.flatMap(({ batchId, users }) =>
        users.map((user) => ({
          batchId,
          taskId: '@odata.type' in user ? moveId(user) : user.targetUserId,
        })),
      ),
    );
    await stores.batches.insertMissing(rows);
  }
  // Before the batches: what a command has added meanwhile counts as well.
  const now = await storedMigration(stores, migrationId);
  const batches = await stores.batches.list(migrationId);
  // A try that comes late must not open what has ended.
  if (!isFinalPhase(now.phase)) {
    await replaceMigration(stores, now, {
      phase: 'running',
      message: null,
      batchCount: batches.length,
      taskCount: countTasks(batches),
      counts: addCounts(batches.map(({ counts }) => counts)),
      updatedAt,
    });
  }
  return planResult(
    migration,
    batches.filter(({ batchId }) => ids.has(batchId)),
    services,
  );
}

/** Reserves the users of a batch and writes the rows of their tasks; returns the row of the batch with their counts, which is still to be written. */
async function insertTasks(
  batch: Batch,
  tasks: readonly Task[],
  rules: ReservationRules,
  services: ActivityServices,
): Promise<Batch> {
  const rows = await insertReserved(batch, tasks, rules, services, true);
  return rows.every(({ outcome }) => outcome === null) ? batch : { ...batch, ...sumsOf(rows) };
}
