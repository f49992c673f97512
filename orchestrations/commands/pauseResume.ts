import { commandBodySchema } from '../../shared/contracts/command.ts';
import type { CommandDefinition } from './commandDefinition.ts';

const common = {
  role: 'Migrations.Submit',
  appliesTo: ['users', 'sharePoint'],
  body: commandBodySchema,
  wakesEveryBatch: true,
} as const;

/** Pauses a migration: no new jobs are submitted. Running jobs continue. */
export const pause: CommandDefinition = {
  ...common,
  route: {
    name: 'pauseMigration',
    path: 'pause',
    summary: 'Pause a migration: submit no new jobs; running jobs continue',
  },
  immediateResult: () => ({
    verdict: 'applied',
    detail: 'no new jobs are submitted until the migration is resumed',
  }),
};

/** Resumes a paused migration. */
export const resume: CommandDefinition = {
  ...common,
  route: {
    name: 'resumeMigration',
    path: 'resume',
    summary: 'Resume a paused migration',
  },
  // A pause would hold back a retry.
  isAcceptedAfterEnd: true,
  immediateResult: () => ({ verdict: 'applied', detail: 'the migration continues' }),
};
