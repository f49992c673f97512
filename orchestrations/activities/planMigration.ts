import type { z } from 'zod';
import type { planResultSchema } from '../../shared/contracts/activities.ts';
import type { Batch } from '../../shared/contracts/migration.ts';
import { migrationInputSchema } from '../../shared/contracts/orchestrations.ts';
import type { Task } from '../../shared/contracts/task.ts';
import { countOutcomes, noCounts } from '../../shared/domain/counts.ts';
import { splitIntoBatches } from '../../shared/domain/plan.ts';
import type { ActivityServices } from './activityServices.ts';
import { storedMigration } from './storedRows.ts';

const tasksPerWrite = 2_000;

/** Splits the request into batches and writes a row for each of them and for each user; rows that exist stay as they are. */
export async function planMigration(input: unknown, services: ActivityServices): Promise<z.infer<typeof planResultSchema>> {
  const { migrationId } = migrationInputSchema.parse(input);
  const { stores } = services;
  const migration = await storedMigration(stores, migrationId);
  const request = await stores.requests.load(migrationId);
  const updatedAt = new Date(services.nowMs()).toISOString();
  const plan = splitIntoBatches(request.users, migration.batchSize);

  const tasks = plan.flatMap(({ batchId, users }) =>
    users.map(
      (user): Task => ({
        migrationId,
        batchId,
        taskId: user.targetUserId,
        sourceUserPrincipalName: ('sourceUserPrincipalName' in user ? user.sourceUserPrincipalName : undefined) ?? null,
        outcome: null,
        jobId: null,
        services: [],
        validation: [],
        updatedAt,
      }),
    ),
  );
  for (let start = 0; start < tasks.length; start += tasksPerWrite) {
    await stores.tasks.insertMissing(tasks.slice(start, start + tasksPerWrite));
  }
  await stores.batches.insertMissing(
    plan.map(
      ({ batchId, users }): Batch => ({
        migrationId,
        batchId,
        phase: 'queued',
        taskCount: users.length,
        counts: { ...noCounts, pending: users.length },
        attempt: 0,
        jobId: null,
        jobDisplayName: null,
        jobStatus: null,
        message: null,
        waiterId: null,
        updatedAt,
        finishedAt: null,
      }),
    ),
  );
  await stores.migrations.update(migrationId, {
    phase: 'running',
    batchCount: plan.length,
    taskCount: tasks.length,
    counts: countOutcomes(tasks),
    updatedAt,
  });
  return {
    batchCount: plan.length,
    laneCount: Math.min(plan.length, services.maxParallelBatches),
    validateOnly: migration.validateOnly,
  };
}
