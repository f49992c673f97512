import { z } from 'zod';
import {
  addTasksBodySchema,
  commandBodySchema,
  decisionBodySchema,
  deleteJobsBodySchema,
  rescheduleBodySchema,
  revalidateBodySchema,
  updateTaskBodySchema,
} from '../../contracts/command.ts';
import type { ProblemCode } from '../../contracts/problem.ts';
import { acceptedCommandSchema, commandListSchema } from '../../contracts/responses.ts';
import { idempotencyKeySchema } from '../body.ts';
import { json, type Method, type Operation } from './document.ts';

/** Returns the operations that send commands to a migration, and the list of commands. */
export const commandOperations = (): readonly Operation[] => [
  command(
    'approveMigration',
    'migrations/{id}/approve',
    'Approve the cutover',
    decisionBodySchema,
    [
      'requesterCannotApprove',
      'approverNotAuthenticated',
      'approvalNotRequired',
      'approvalNotRequested',
      'approvalNotNamed',
      'approvalChanged',
    ],
  ),
  command('rejectMigration', 'migrations/{id}/reject', 'Reject the cutover', decisionBodySchema, [
    'approvalNotRequired',
    'approvalNotRequested',
    'approvalChanged',
  ]),
  command('cancelMigration', 'migrations/{id}/cancel', 'Cancel a migration', commandBodySchema),
  command(
    'rescheduleMigration',
    'migrations/{id}/reschedule',
    'Change the earliest time of the cutover',
    rescheduleBodySchema,
  ),
  command(
    'pauseMigration',
    'migrations/{id}/pause',
    'Pause a migration: submit no new jobs; running jobs continue',
    commandBodySchema,
  ),
  command(
    'resumeMigration',
    'migrations/{id}/resume',
    'Resume a paused migration',
    commandBodySchema,
  ),
  command(
    'retryMigration',
    'migrations/{id}/retry',
    'Retry the tasks that failed, are invalid, or have the outcome unknown',
    commandBodySchema,
    ['nothingToRetry'],
  ),
  command(
    'revalidateMigration',
    'migrations/{id}/revalidate',
    'Validate held batches again, or continue without their invalid users',
    revalidateBodySchema,
    ['nothingHeld', 'notForSharePoint'],
  ),
  command(
    'deleteMigrationJobs',
    'migrations/{id}/delete-jobs',
    'Permanently delete the Graph jobs of a migration that has ended',
    deleteJobsBodySchema,
    ['notEnded', 'nothingToDelete', 'nameNotConfirmed', 'notForSharePoint'],
  ),
  command(
    'addMigrationTasks',
    'migrations/{id}/tasks',
    'Add users to a running migration',
    addTasksBodySchema,
    ['alreadyDecided', 'taskExists', 'userUnderWay', 'userMoved', 'notForSharePoint'],
  ),
  command(
    'updateMigrationTask',
    'migrations/{id}/tasks/{taskId}',
    'Update the task of a user in Graph',
    updateTaskBodySchema,
    ['taskNotFound', 'userTaskWritesOff', 'notForSharePoint'],
    'patch',
  ),
  command(
    'cancelMigrationTask',
    'migrations/{id}/tasks/{taskId}/cancel',
    'Cancel one task of a migration',
    commandBodySchema,
    ['taskNotFound'],
  ),
  {
    id: 'listCommands',
    method: 'get',
    route: 'migrations/{id}/commands',
    tag: 'commands',
    role: 'Migrations.Read',
    summary: 'List the commands of a migration with their results, oldest first',
    responses: { 200: json('all commands', commandListSchema) },
    problems: ['migrationNotFound'],
  },
];

/** Returns the operation of a command. The body is optional if none of its members is required. */
function command(
  id: string,
  route: string,
  summary: string,
  schema: z.ZodObject,
  problems: readonly ProblemCode[] = [],
  method: Method = 'post',
): Operation {
  return {
    id,
    method,
    route,
    tag: 'commands',
    role:
      id === 'approveMigration' || id === 'rejectMigration'
        ? 'Migrations.Approve'
        : id === 'deleteMigrationJobs'
          ? 'Migrations.Delete'
          : 'Migrations.Submit',
    summary,
    headers: z.object({ 'Idempotency-Key': idempotencyKeySchema.optional() }),
    body: { schema, isRequired: !schema.safeParse({}).success },
    responses: {
      202: json(
        'the command, which is stored',
        acceptedCommandSchema,
        z.object({ Location: z.url() }),
      ),
    },
    problems: [
      'invalidRequest',
      'notJson',
      'notUtf8',
      'lengthRequired',
      'requestTooLarge',
      'migrationNotFound',
      'tooLate',
      'conflict',
      ...problems,
    ],
  };
}
