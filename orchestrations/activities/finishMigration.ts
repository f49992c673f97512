import type { z } from 'zod';
import {
  finishMigrationInputSchema,
  type finishMigrationResultSchema,
} from '../../shared/contracts/activities.ts';
import { isBegun } from '../../shared/domain/batchOwner.ts';
import { addCounts, countTasks } from '../../shared/domain/counts.ts';
import { finalPhaseOf } from '../../shared/domain/finalPhase.ts';
import { migrationFinished } from '../../shared/domain/outcomeEvent.ts';
import type { ActivityServices } from './activityServices.ts';
import { endBatch } from './finishBatch.ts';
import { replaceMigration, storedMigration } from './storedRows.ts';

/**
 * Ends a migration, or a round of it. With a `failure`, batches of its own that were never begun end by it; one that was begun has no end but its
 * own, so it is left and the answer says so. When no batch is left that runs, the sums and the event; else the one that ends last does that.
 */
export async function finishMigration(
  input: unknown,
  services: ActivityServices,
): Promise<z.infer<typeof finishMigrationResultSchema>> {
  const { migrationId, round, failure } = finishMigrationInputSchema.parse(input);
  const { stores } = services;
  const migration = await storedMigration(stores, migrationId);
  const finishedAt = migration.finishedAt ?? new Date(services.nowMs()).toISOString();
  const batches = [];
  for (const batch of await stores.batches.list(migrationId)) {
    const isToEnd = failure !== null && batch.round === round && !isBegun(batch);
    batches.push(
      isToEnd ? await endBatch(migration, batch, { failure, stopped: null }, services) : batch,
    );
  }
  const open = batches.filter((batch) => batch.finishedAt === null);
  if (open.length > 0)
    return { phase: 'running', unfinished: open.some((batch) => batch.round === round) };
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
