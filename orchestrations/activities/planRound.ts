import type { z } from 'zod';
import {
  planRoundInputSchema,
  type planRoundResultSchema,
} from '../../shared/contracts/activities.ts';
import type { Command, CommandResult } from '../../shared/contracts/command.ts';
import type { Migration } from '../../shared/contracts/migration.ts';
import { addCounts, countTasks } from '../../shared/domain/counts.ts';
import { isFinalPhase } from '../../shared/domain/finalPhase.ts';
import type { ActivityServices } from './activityServices.ts';
import { addTasks } from './addTasks.ts';
import { planResult } from './planResult.ts';
import { FrozenError, NotToldError } from './putIntoRunningJob.ts';
import { reopenBatch } from './reopenBatch.ts';
import { replaceMigration, storedMigration } from './storedRows.ts';

/**
 * Prepares what a command adds to a migration: batches to run again, or further ones. May run again at any point, and has to where
 * Graph does not tell whether somebody who is added is in a job already.
 */
export async function planRound(
  input: unknown,
  services: ActivityServices,
): Promise<z.infer<typeof planRoundResultSchema>> {
  const { migrationId, round, trouble } = planRoundInputSchema.parse(input);
  const { stores } = services;
  const migration = await storedMigration(stores, migrationId);
  const { commands, results } = await stores.commands.book(migrationId);
  const command = commands.find(({ commandId }) => commandId === round);
  if (command === undefined)
    throw new Error(`the command ${round} of ${migrationId} is not on record`);
  if (command.kind === 'deleteJobs')
    return { ...planResult(migration, [], services), deletion: true };
  if (trouble !== null && !isFinalPhase(migration.phase))
    await stores.migrations.update(migrationId, {
      message: `waits and is tried again: ${trouble}`,
    });
  const answered = new Set(
    results.filter(({ commandId }) => commandId === round).map(({ batchId }) => batchId),
  );
  const answers = await prepare(migration, command, answered, services).catch(notTold);
  if ('kind' in answers) return answers;

  const now = await storedMigration(stores, migrationId);
  const batches = await stores.batches.list(migrationId);
  const own = batches.filter((batch) => batch.round === round && batch.finishedAt === null);
  await replaceMigration(stores, now, {
    ...(own.length === 0 ? {} : { phase: 'running' as const, finishedAt: null }),
    ...(own.length === 0 && (trouble === null || isFinalPhase(now.phase)) ? {} : { message: null }),
    batchCount: Math.max(batches.length, now.batchCount),
    taskCount: Math.max(now.taskCount, countTasks(batches)),
    ...(own.length === 0 ? {} : { counts: addCounts(batches.map(({ counts }) => counts)) }),
    updatedAt: new Date(services.nowMs()).toISOString(),
  });
  // Last: whoever reads that it was applied must not find the migration at its end any more.
  for (const answer of answers)
    await stores.commands.answer({
      migrationId,
      commandId: round,
      ...answer,
      decidedAt: new Date(services.nowMs()).toISOString(),
    });
  return planResult(migration, own, services);
}

type Answer = Pick<CommandResult, 'batchId' | 'verdict' | 'detail'>;

/** What is to be answered once the migration shows it. Where an answer is there, everything was done before it. */
async function prepare(
  migration: Migration,
  command: Command,
  answered: ReadonlySet<string | null>,
  services: ActivityServices,
): Promise<readonly Answer[]> {
  if (command.kind === 'addTasks')
    return answered.has(null)
      ? []
      : [{ batchId: null, ...(await addTasks(migration, command, services)) }];
  const answers: Answer[] = [];
  for (const batchId of command.targets)
    if (!answered.has(batchId))
      answers.push({ batchId, ...(await reopenBatch(migration, command, batchId, services)) });
  return answers;
}

function notTold(error: unknown): { readonly kind: 'retryAfter'; readonly seconds: number } {
  if (error instanceof NotToldError || error instanceof FrozenError)
    return { kind: 'retryAfter', seconds: error.seconds };
  throw error;
}
