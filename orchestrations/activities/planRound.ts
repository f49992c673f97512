import type { z } from 'zod';
import { planRoundInputSchema, type planRoundResultSchema } from '../../shared/contracts/activities.ts';
import type { Command, CommandResult } from '../../shared/contracts/command.ts';
import type { Migration } from '../../shared/contracts/migration.ts';
import { addCounts, countTasks } from '../../shared/domain/counts.ts';
import type { ActivityServices } from './activityServices.ts';
import { addTasks } from './addTasks.ts';
import { planResult } from './planResult.ts';
import { NotToldError } from './putIntoRunningJob.ts';
import { reopenBatch } from './reopenBatch.ts';
import { storedMigration } from './storedRows.ts';

/**
 * Prepares what a command adds to a migration: batches to run again, or further ones. May run again at any point, and has to where
 * Graph does not tell whether somebody who is added is in a job already.
 */
export async function planRound(input: unknown, services: ActivityServices): Promise<z.infer<typeof planRoundResultSchema>> {
  const { migrationId, round } = planRoundInputSchema.parse(input);
  const { stores } = services;
  const migration = await storedMigration(stores, migrationId);
  const command = (await stores.commands.book(migrationId)).commands.find(({ commandId }) => commandId === round);
  if (command === undefined) throw new Error(`the command ${round} of ${migrationId} is not on record`);
  if (command.kind === 'deleteJobs') return { ...planResult(migration, 0, services), deletion: true };
  const answers = await prepare(migration, command, services).catch(notTold);
  if ('kind' in answers) return answers;

  const batches = await stores.batches.list(migrationId);
  const own = batches.filter((batch) => batch.round === round && batch.finishedAt === null);
  await stores.migrations.update(migrationId, {
    ...(own.length === 0 ? {} : { phase: 'running' as const, finishedAt: null, message: null }),
    batchCount: Math.max(batches.length, migration.batchCount),
    taskCount: Math.max(migration.taskCount, countTasks(batches)),
    ...(own.length === 0 ? {} : { counts: addCounts(batches.map(({ counts }) => counts)) }),
    updatedAt: new Date(services.nowMs()).toISOString(),
  });
  // Last: whoever reads that it was applied must not find the migration at its end any more.
  for (const answer of answers) await stores.commands.answer({ migrationId, commandId: round, ...answer, decidedAt: new Date(services.nowMs()).toISOString() });
  return planResult(migration, own.length, services);
}

type Answer = Pick<CommandResult, 'batchId' | 'verdict' | 'detail'>;

/** What is to be answered once the migration shows it. */
async function prepare(migration: Migration, command: Command, services: ActivityServices): Promise<readonly Answer[]> {
  if (command.kind === 'addTasks') return [{ batchId: null, ...(await addTasks(migration, command, services)) }];
  const answers: Answer[] = [];
  for (const batchId of command.targets) answers.push({ batchId, ...(await reopenBatch(command, batchId, services)) });
  return answers;
}

function notTold(error: unknown): { readonly kind: 'retryAfter'; readonly seconds: number } {
  if (error instanceof NotToldError) return { kind: 'retryAfter', seconds: error.seconds };
  throw error;
}
