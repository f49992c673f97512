import { commandBodySchema } from '../../shared/contracts/command.ts';
import type { CommandDefinition } from './commandDefinition.ts';
import { addressTask, addressUnfinished } from './commandTargets.ts';

const common = {
  role: 'Migrations.Submit',
  appliesTo: ['users', 'sharePoint'],
  body: commandBodySchema,
} as const;

/** Cancels a migration: every batch that has not ended. */
export const cancel: CommandDefinition = {
  ...common,
  route: {
    name: 'cancelMigration',
    path: 'cancel',
    summary: 'Cancel a migration',
  },
  isUrgent: true,
  accept: addressUnfinished,
  tookEffect: (_command, jobStatus) => jobStatus === 'cancelled',
};

/** Cancels one task of a migration. */
export const cancelTask: CommandDefinition = {
  ...common,
  route: {
    name: 'cancelMigrationTask',
    path: 'tasks/{taskId}/cancel',
    summary: 'Cancel one task of a migration',
  },
  accept: addressTask,
  tookEffect: ({ taskId }, _jobStatus, tasks) =>
    tasks.some((task) => task.taskId === taskId && task.outcome === 'cancelled'),
};
