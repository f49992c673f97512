import type { HttpResponseInit } from '@azure/functions';
import { z } from 'zod';
import { acceptCommand } from '../../orchestrations/commands/accept.ts';
import { wakeUpEvent } from '../../orchestrations/names.ts';
import {
  addTasksBodySchema,
  commandBodySchema,
  type CommandKind,
  commandKindSchema,
  decisionBodySchema,
  deleteJobsBodySchema,
  rescheduleBodySchema,
  revalidateBodySchema,
  taskUpdateSchema,
  updateTaskBodySchema,
} from '../../shared/contracts/command.ts';
import type { ProblemCode } from '../../shared/contracts/problem.ts';
import { requestedUserSchema } from '../../shared/contracts/request.ts';
import {
  type AcceptedCommand,
  acceptedCommandSchema,
  type CommandList,
} from '../../shared/contracts/responses.ts';
import { commandsWithResults } from '../../shared/domain/commands.ts';
import type { Role } from '../../shared/http/auth.ts';
import { problemResponse } from '../../shared/http/problems.ts';
import { withTimeout } from '../../shared/storage/calls.ts';
import { startMigration } from '../services.ts';
import {
  type Call,
  json,
  locationHeader,
  migrationUrl,
  type OfMigration,
  type Route,
  route,
  type WithClient,
} from './route.ts';

// For all wake-up events of a command together: the caller does not wait for a host that does not
// respond.
const wakeUpTimeoutMs = 6_000;

/** A command as a route, `migrations/{id}/<path>`. */
interface CommandRow {
  readonly name: string;
  readonly path: string;
  readonly method?: 'PATCH';
  readonly summary: string;
  /** Absent if the command has no members of its own. */
  readonly body?: z.ZodType;
  /** Submitters may neither approve nor delete: another person decides. */
  readonly role: Role;
  /** Whether the command needs the name of the caller. */
  readonly needsName?: boolean;
  /** The problems of this command, without those of every command. */
  readonly problems?: readonly ProblemCode[];
}

const commands: Readonly<Record<CommandKind, CommandRow>> = {
  approve: {
    name: 'approveMigration',
    path: 'approve',
    summary: 'Approve the cutover',
    body: decisionBodySchema,
    role: 'Migrations.Approve',
    needsName: true,
    problems: [
      'requesterCannotApprove',
      'approverNotAuthenticated',
      'approvalNotRequired',
      'approvalNotRequested',
      'approvalNotNamed',
      'approvalChanged',
    ],
  },
  reject: {
    name: 'rejectMigration',
    path: 'reject',
    summary: 'Reject the cutover',
    body: decisionBodySchema,
    role: 'Migrations.Approve',
    needsName: true,
    problems: ['approvalNotRequired', 'approvalNotRequested', 'approvalChanged'],
  },
  cancel: {
    name: 'cancelMigration',
    path: 'cancel',
    summary: 'Cancel a migration',
    role: 'Migrations.Submit',
  },
  reschedule: {
    name: 'rescheduleMigration',
    path: 'reschedule',
    summary: 'Change the earliest time of the cutover',
    body: rescheduleBodySchema,
    role: 'Migrations.Submit',
  },
  pause: {
    name: 'pauseMigration',
    path: 'pause',
    summary: 'Pause a migration: submit no new jobs; running jobs continue',
    role: 'Migrations.Submit',
  },
  resume: {
    name: 'resumeMigration',
    path: 'resume',
    summary: 'Resume a paused migration',
    role: 'Migrations.Submit',
  },
  retry: {
    name: 'retryMigration',
    path: 'retry',
    summary: 'Retry the tasks that failed, are invalid, or have the outcome unknown',
    role: 'Migrations.Submit',
    problems: ['nothingToRetry'],
  },
  revalidate: {
    name: 'revalidateMigration',
    path: 'revalidate',
    summary: 'Validate held batches again, or continue without their invalid users',
    body: revalidateBodySchema,
    role: 'Migrations.Submit',
    problems: ['nothingHeld', 'notForSharePoint'],
  },
  deleteJobs: {
    name: 'deleteMigrationJobs',
    path: 'delete-jobs',
    summary: 'Permanently delete the Graph jobs of a migration that has ended',
    body: deleteJobsBodySchema,
    role: 'Migrations.Delete',
    needsName: true,
    problems: ['notEnded', 'nothingToDelete', 'nameNotConfirmed', 'notForSharePoint'],
  },
  addTasks: {
    name: 'addMigrationTasks',
    path: 'tasks',
    summary: 'Add users to a running migration',
    body: addTasksBodySchema,
    role: 'Migrations.Submit',
    problems: ['alreadyDecided', 'taskExists', 'userUnderWay', 'userMoved', 'notForSharePoint'],
  },
  updateTask: {
    name: 'updateMigrationTask',
    path: 'tasks/{taskId}',
    method: 'PATCH',
    summary: 'Update the task of a user in Graph',
    body: updateTaskBodySchema,
    role: 'Migrations.Submit',
    problems: ['userTaskWritesOff', 'notForSharePoint'],
  },
  cancelTask: {
    name: 'cancelMigrationTask',
    path: 'tasks/{taskId}/cancel',
    summary: 'Cancel one task of a migration',
    role: 'Migrations.Submit',
  },
};

/**
 * The routes of the commands. They store a command for a migration and return 202; its results are
 * in the list of commands.
 */
export const commandRoutes: readonly Route[] = commandKindSchema.options.map((kind) => {
  const { name, path, method = 'POST', summary, role, problems = [] } = commands[kind];
  return route({
    name,
    method,
    path: `migrations/{id}/${path}`,
    role,
    tag: 'commands',
    summary,
    usesDurable: true,
    body: commands[kind].body ?? commandBodySchema,
    responses: { 202: json('the command, which is stored', acceptedCommandSchema, locationHeader) },
    problems: ['tooLate', 'conflict', ...problems],
    handler: (call) => handleCommand(kind, call),
  });
});

async function handleCommand(
  kind: CommandKind,
  {
    request,
    context,
    services,
    caller,
    idempotencyKey,
    migration,
    taskId,
    client,
    body,
  }: Call & OfMigration & WithClient & { readonly body: unknown },
): Promise<HttpResponseInit> {
  const { confirmName, ...said } = bodySchema.parse(body);
  const mustName =
    commands[kind].needsName === true || (kind === 'addTasks' && migration.approvalHours !== null);
  if (caller === undefined && mustName && said.by === null)
    return badField(
      'by',
      'is missing; function keys do not identify the caller, so send the name of the person who asks',
    );
  const cutover = said.completeAfterDateTime;
  if (cutover !== null && Date.parse(cutover) <= services.nowMs())
    return badField('completeAfterDateTime', 'must be in the future');
  if (kind === 'deleteJobs' && confirmName !== migration.name)
    return problemResponse(
      'nameNotConfirmed',
      'confirmName is not the name of this migration; send its exact name to confirm the deletion',
      [{ path: 'confirmName', message: 'must be the name of the migration' }],
    );
  const asked = {
    kind,
    ...said,
    // The identity that the platform authenticated has precedence over the body.
    by: caller?.name ?? said.by,
    byId: caller?.id ?? null,
    ...(caller === undefined ? {} : { names: caller.names }),
    taskId,
    update: kind === 'updateTask' ? updateSchema.parse(body) : null,
  };
  const wakeUpEndsAtMs = performance.now() + wakeUpTimeoutMs;
  const acceptance = await acceptCommand(migration, asked, idempotencyKey, {
    stores: services.stores,
    nowMs: services.nowMs,
    userTaskWrites: services.userTaskWrites,
    startRun: (migrationId, commandId) => startMigration(client, migrationId, commandId),
    wakeUp: async (instanceId) => {
      try {
        await withTimeout(
          Math.max(1, Math.ceil(wakeUpEndsAtMs - performance.now())),
          client.raiseEvent(instanceId, wakeUpEvent, null),
        );
      } catch (error) {
        // Losing the event only costs time: the orchestration reads the row at its next status
        // check.
        context.warn(
          `${kind}: the wake-up event for ${instanceId} failed; the orchestration reads the command at its next status check: ${(error instanceof Error ? error.message : String(error)).slice(0, 500)}`,
        );
      }
    },
  });
  switch (acceptance.kind) {
    case 'conflict':
      return problemResponse(acceptance.code, acceptance.detail, acceptance.errors);
    case 'forbidden':
      return problemResponse(acceptance.code, acceptance.detail);
    case 'notFound':
      return problemResponse('taskNotFound', acceptance.detail);
    case 'accepted': {
      const { commandId, state, results } = acceptance.command;
      const tooLateResult = results.find(({ verdict }) => verdict === 'tooLate');
      if (state === 'tooLate' && tooLateResult !== undefined)
        return problemResponse(
          'tooLate',
          `${tooLateResult.detail}; the command was recorded as ${commandId}`,
        );
      const commandsUrl = `${migrationUrl(request.url, migration.id)}/commands`;
      const accepted: AcceptedCommand = { commandId, kind, state, commandsUrl };
      return { status: 202, headers: { location: commandsUrl }, jsonBody: accepted };
    }
  }
}

function badField(path: string, message: string): HttpResponseInit {
  return problemResponse('invalidRequest', 'the body has bad fields; errors lists each of them', [
    { path, message },
  ]);
}

// The bodies were parsed by the schemas of their kinds. These only pick members.
const text = z.string().nullable().default(null);
const bodySchema = z.object({
  by: text,
  approvalId: text,
  reason: text,
  completeAfterDateTime: text,
  confirmName: text,
  continueWithout: z.boolean().nullable().default(null),
  users: z.array(requestedUserSchema).default([]),
  onConflict: addTasksBodySchema.shape.onConflict,
});
const updateSchema = z.object(taskUpdateSchema.shape);

/** Lists the commands of a migration with their results, oldest first. */
export async function listCommands({
  migration,
  services: { stores },
}: Call & OfMigration): Promise<HttpResponseInit> {
  const list: CommandList = {
    value: commandsWithResults(await stores.commands.readLog(migration.id)),
  };
  return { jsonBody: list };
}
