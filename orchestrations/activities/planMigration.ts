import type { z } from 'zod';
import type { planResultSchema } from '../../shared/contracts/activities.ts';
import { migrationInputSchema } from '../../shared/contracts/orchestrations.ts';
import type { SharePointParameters } from '../../shared/contracts/sharePointParameters.ts';
import type { RequestedUser } from '../../shared/contracts/usersRequest.ts';
import { addCounts, countTasks } from '../../shared/domain/counts.ts';
import { splitIntoBatches } from '../../shared/domain/plan.ts';
import type { ActivityServices } from './activityServices.ts';
import { audited } from './audited.ts';
import { newBatch } from './newBatch.ts';
import { newMove } from './newMove.ts';
import { newTask } from './newTask.ts';
import { planResult } from './planResult.ts';
import { storedMigration } from './storedRows.ts';

const tasksPerWrite = 2_000;

/** Splits the request into batches and writes a row for each of them and for each user; rows that exist stay as they are. */
export async function planMigration(input: unknown, services: ActivityServices): Promise<z.infer<typeof planResultSchema>> {
  const { migrationId } = migrationInputSchema.parse(input);
  const { stores } = services;
  const migration = await storedMigration(stores, migrationId);
  const request = await stores.requests.load(migrationId);
  const updatedAt = new Date(services.nowMs()).toISOString();
  const size = request.kind === 'users' ? `${String(request.users.length)} users` : `${String(request.tasks.length)} tasks`;
  await audited({ migrationId, batchId: null, jobId: null, eventId: 'request', type: 'request.accepted', at: migration.acceptedAt, by: migration.requestedBy, detail: `${size} as ${migration.name}` }, services);
  const plan = splitIntoBatches<RequestedUser | SharePointParameters>(request.kind === 'users' ? request.users : request.tasks, migration.batchSize);

  const batchesPerWrite = Math.max(1, Math.floor(tasksPerWrite / migration.batchSize));
  // Never all rows at once: what has been written is forgotten.
  for (let start = 0; start < plan.length; start += batchesPerWrite) {
    const tasks = plan
      .slice(start, start + batchesPerWrite)
      .flatMap(({ batchId, users }) => users.map((user) => ('@odata.type' in user ? newMove({ migrationId, batchId, updatedAt }, user) : newTask({ migrationId, batchId, updatedAt }, user))));
    await stores.tasks.insertMissing(tasks);
  }
  await stores.batches.insertMissing(
    plan.map(({ batchId, users }) => newBatch({ migrationId, batchId, taskCount: users.length, round: null, updatedAt })),
  );
  // What a command has added meanwhile counts as well.
  const batches = await stores.batches.list(migrationId);
  await stores.migrations.update(migrationId, {
    phase: 'running',
    batchCount: batches.length,
    taskCount: countTasks(batches),
    counts: addCounts(batches.map(({ counts }) => counts)),
    updatedAt,
  });
  return planResult(migration, plan.length, services);
}
