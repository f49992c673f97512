import { z } from 'zod';
import { commandBodySchema } from '../../shared/contracts/command.ts';
import { isFinalPhase } from '../../shared/domain/outcomes.ts';
import type { CommandDefinition } from './commandDefinition.ts';

/** Starts a run that deletes the Graph jobs of a migration that has ended. */
export const deleteJobs: CommandDefinition = {
  route: {
    name: 'deleteMigrationJobs',
    path: 'delete-jobs',
    summary: 'Permanently delete the Graph jobs of a migration that has ended',
    problems: ['notEnded', 'nothingToDelete', 'nameNotConfirmed'],
  },
  // Submitters may not delete: another person does.
  role: 'Migrations.Delete',
  appliesTo: ['users'],
  needsName: () => true,
  body: z.strictObject({
    ...commandBodySchema.shape,
    /** Deletion cannot be undone, so the caller repeats the migration's name to confirm it. */
    confirmName: z.string('is missing: repeat the name of the migration'),
  }),
  refusal: ({ confirmName }, { name }) =>
    confirmName === name
      ? undefined
      : {
          code: 'nameNotConfirmed',
          detail:
            'confirmName is not the name of this migration; send its exact name to confirm the deletion',
          errors: [{ path: 'confirmName', message: 'must be the name of the migration' }],
        },
  isAcceptedAfterEnd: true,
  run: 'deletesJobs',
  async accept({ migration, command }, { stores }) {
    if (!isFinalPhase(migration.phase))
      return {
        kind: 'conflict',
        code: 'notEnded',
        detail: `the migration is ${migration.phase}; jobs can only be deleted after it has ended`,
      };
    const targets = (await stores.batches.list(migration.id))
      .filter(({ jobId }) => jobId !== null)
      .map(({ batchId }) => batchId);
    if (targets.length === 0)
      return {
        kind: 'conflict',
        code: 'nothingToDelete',
        detail: 'the migration has no jobs to delete',
      };
    return { kind: 'save', command: { ...command, targets } };
  },
};
