import { z } from 'zod';
import { commandBodySchema, taskUpdateSchema } from '../../shared/contracts/command.ts';
import type { CommandDefinition } from './commandDefinition.ts';
import { addressTask } from './commandTargets.ts';

/** Updates the task of a user in Graph, if the tenant's API supports it. */
export const updateTask: CommandDefinition = {
  route: {
    name: 'updateMigrationTask',
    method: 'PATCH',
    path: 'tasks/{taskId}',
    summary: 'Update the task of a user in Graph',
    problems: ['userTaskWritesOff'],
  },
  role: 'Migrations.Submit',
  appliesTo: ['users'],
  body: z
    .strictObject({ ...commandBodySchema.shape, ...taskUpdateSchema.shape })
    .meta({ id: 'UpdateTaskBody', description: 'The changes to the task in Graph.' })
    .transform(({ by, reason, ...update }) => ({ by, reason, update })),
  isReplacedByLater: true,
  accept: (asked, services) =>
    services.userTaskWrites
      ? addressTask(asked, services)
      : Promise.resolve({
          kind: 'conflict',
          code: 'userTaskWritesOff',
          detail:
            'writes to user tasks are switched off; set USER_TASK_WRITES to true if the API of the tenant supports them',
        }),
};
