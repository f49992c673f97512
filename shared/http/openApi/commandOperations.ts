import { z } from 'zod';
import { acceptedCommandSchema, commandListSchema } from '../../contracts/responses.ts';
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
import { idempotencyKeySchema } from '../body.ts';
import { json } from './document.ts';
import type { Method, Operation } from './operation.ts';

/** Commands on a running migration, and the list of what was asked. */
export const commandOperations = (): readonly Operation[] => [
  command('postApprove', 'migrations/{id}/approve', 'Approve the cutover', decisionBodySchema, [
    'requesterCannotApprove',
    'approverNotAuthenticated',
    'approvalNotRequired',
    'approvalNotRequested',
    'approvalNotNamed',
    'approvalChanged',
  ]),
  command('postReject', 'migrations/{id}/reject', 'Reject the cutover', decisionBodySchema, [
    'approvalNotRequired',
    'approvalNotRequested',
    'approvalChanged',
  ]),
  command('postCancel', 'migrations/{id}/cancel', 'Cancel a migration', commandBodySchema),
  command(
    'postReschedule',
    'migrations/{id}/reschedule',
    'Move the earliest cutover to another instant',
    rescheduleBodySchema,
  ),
  command(
    'postPause',
    'migrations/{id}/pause',
    'Submit nothing new for the time being; what runs goes on',
    commandBodySchema,
  ),
  command('postResume', 'migrations/{id}/resume', 'Go on after a pause', commandBodySchema),
  command(
    'postRetry',
    'migrations/{id}/retry',
    'Try those again who failed, were invalid or have the outcome unknown',
    commandBodySchema,
    ['nothingToRetry'],
  ),
  command(
    'postRevalidate',
    'migrations/{id}/revalidate',
    'Validate the batches again that wait with invalid users, or go on without these',
    revalidateBodySchema,
    ['nothingHeld', 'notForSharePoint'],
  ),
  command(
    'postDeleteJobs',
    'migrations/{id}/delete-jobs',
    'Delete the jobs of a migration that has ended, for good',
    deleteJobsBodySchema,
    ['notEnded', 'nothingToDelete', 'nameNotConfirmed', 'notForSharePoint'],
  ),
  command(
    'postTasks',
    'migrations/{id}/tasks',
    'Add users to a running migration',
    addTasksBodySchema,
    ['alreadyDecided', 'taskExists', 'userUnderWay', 'userMoved', 'notForSharePoint'],
  ),
  command(
    'patchTask',
    'migrations/{id}/tasks/{taskId}',
    'Write into Graph’s task of a user',
    updateTaskBodySchema,
    ['taskNotFound', 'userTaskWritesOff', 'notForSharePoint'],
    'patch',
  ),
  command(
    'postCancelTask',
    'migrations/{id}/tasks/{taskId}/cancel',
    'Take one user out of a migration',
    commandBodySchema,
    ['taskNotFound'],
  ),
  {
    id: 'listCommands',
    method: 'get',
    route: 'migrations/{id}/commands',
    tag: 'commands',
    role: 'Migrations.Read',
    summary: 'List what was asked of a migration, oldest first, and what became of each',
    responses: { 200: json('every command', commandListSchema) },
    problems: ['migrationNotFound'],
  },
];

/** A command; a body without a member that must be there may be left out altogether. */
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
      id === 'postApprove' || id === 'postReject'
        ? 'Migrations.Approve'
        : id === 'postDeleteJobs'
          ? 'Migrations.Delete'
          : 'Migrations.Submit',
    summary,
    headers: z.object({ 'Idempotency-Key': idempotencyKeySchema.optional() }),
    body: { schema, isRequired: !schema.safeParse({}).success },
    responses: {
      202: json(
        'the command, which is on record',
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
