import { commandBodySchema } from '../../shared/contracts/command.ts';
import type { Batch } from '../../shared/contracts/migration.ts';
import { isPaused } from '../../shared/domain/commands.ts';
import { isFinalPhase } from '../../shared/domain/outcomes.ts';
import type { Stores } from '../../shared/storage/stores.ts';
import type { CommandDefinition } from './commandDefinition.ts';

/** Starts a run for the tasks that failed, are invalid, or have the outcome `unknown`. */
export const retry: CommandDefinition = {
  route: {
    name: 'retryMigration',
    path: 'retry',
    summary: 'Retry the tasks that failed, are invalid, or have the outcome unknown',
    problems: ['nothingToRetry'],
  },
  role: 'Migrations.Submit',
  appliesTo: ['users', 'sharePoint'],
  body: commandBodySchema,
  isAcceptedAfterEnd: true,
  run: 'reopensBatches',
  async accept({ migration, command, commandLog }, { stores }) {
    const isToRetry = ({ finishedAt, counts }: Batch): boolean =>
      counts.unknown > 0 || (finishedAt !== null && counts.failed + counts.invalid > 0);
    const targets = (await stores.batches.list(migration.id))
      .filter(isToRetry)
      .map(({ batchId }) => batchId);
    if (targets.length === 0)
      return {
        kind: 'conflict',
        code: 'nothingToRetry',
        detail:
          'there is nothing to retry: no ended batch has tasks that failed or are invalid, and no task has the outcome unknown',
      };
    // A migration that was paused when it ended is resumed: the pause would hold back the retry.
    const isHeldBack = isFinalPhase(migration.phase) && isPaused(commandLog);
    return {
      kind: 'save',
      command: { ...command, targets },
      ...(isHeldBack ? { first: 'resume' } : {}),
    };
  },
  async afterSave({ migrationId, commandId, targets }, { stores, wakeUp }) {
    for (const { batchId, waiterId, finishedAt } of await stores.batches.list(migrationId)) {
      if (finishedAt !== null || !targets.includes(batchId)) continue;
      if ((await requestEarlyPoll(stores, migrationId, batchId, commandId)) && waiterId !== null)
        await wakeUp(waiterId);
    }
  },
};

/**
 * Notes in a batch row that a retry is requested for a job that is out of sight. The batch reuses
 * the job when Graph shows it again, and replaces it if it no longer exists. Returns false if the
 * batch has ended or has no task with the outcome `unknown`. Can be repeated.
 */
export function requestEarlyPoll(
  stores: Stores,
  migrationId: string,
  batchId: string,
  commandId: string,
): Promise<boolean> {
  return stores.batches.change(migrationId, batchId, ({ finishedAt, counts }) =>
    finishedAt === null && counts.unknown > 0 ? { retryCommandId: commandId } : undefined,
  );
}
