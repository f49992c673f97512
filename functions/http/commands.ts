import {
  app,
  type HttpRequest,
  type HttpResponseInit,
  type InvocationContext,
} from '@azure/functions';
import type { DurableClient } from 'durable-functions';
import { z } from 'zod';
import { wakeUpEvent } from '../../orchestrations/names.ts';
import type { AcceptedCommand, CommandList } from '../../shared/contracts/responses.ts';
import {
  addTasksBodySchema,
  commandBodySchema,
  type CommandKind,
  decisionBodySchema,
  deleteJobsBodySchema,
  rescheduleBodySchema,
  revalidateBodySchema,
  taskUpdateSchema,
  updateTaskBodySchema,
} from '../../shared/contracts/command.ts';
import { guidSchema } from '../../shared/contracts/ids.ts';
import { requestedUserSchema } from '../../shared/contracts/request.ts';
import { commandsWithResults } from '../../shared/domain/commands.ts';
import type { Role } from '../../shared/http/auth.ts';
import { problemResponse } from '../../shared/http/problems.ts';
import { acceptCommand } from '../../shared/intake/acceptCommand.ts';
import { withTimeout } from '../../shared/storage/limits.ts';
import { type Services, startMigration } from '../services.ts';
import { findMigration } from './migrations.ts';
import { parseBody, idempotencyKeyOf } from './parseRequest.ts';
import { callerOf, guard, migrationUrl, registerClientRoute } from './route.ts';

// For all wake-up events of a command together: the caller does not wait for a host that does not
// respond.
const wakeUpTimeoutMs = 6_000;

const bodySchemas = {
  approve: decisionBodySchema,
  reject: decisionBodySchema,
  cancel: commandBodySchema,
  reschedule: rescheduleBodySchema,
  pause: commandBodySchema,
  resume: commandBodySchema,
  cancelTask: commandBodySchema,
  retry: commandBodySchema,
  revalidate: revalidateBodySchema,
  addTasks: addTasksBodySchema,
  updateTask: updateTaskBodySchema,
  deleteJobs: deleteJobsBodySchema,
} as const satisfies Readonly<Record<CommandKind, z.ZodType>>;

/** The commands that need the name of the caller. */
const needsName: readonly CommandKind[] = ['approve', 'reject', 'deleteJobs'];

const commandRoutes: readonly {
  readonly name: string;
  readonly kind: CommandKind;
  readonly route: string;
  readonly method?: 'PATCH';
}[] = [
  { name: 'approveMigration', kind: 'approve', route: 'migrations/{id}/approve' },
  { name: 'rejectMigration', kind: 'reject', route: 'migrations/{id}/reject' },
  { name: 'cancelMigration', kind: 'cancel', route: 'migrations/{id}/cancel' },
  { name: 'rescheduleMigration', kind: 'reschedule', route: 'migrations/{id}/reschedule' },
  { name: 'pauseMigration', kind: 'pause', route: 'migrations/{id}/pause' },
  { name: 'resumeMigration', kind: 'resume', route: 'migrations/{id}/resume' },
  { name: 'retryMigration', kind: 'retry', route: 'migrations/{id}/retry' },
  { name: 'revalidateMigration', kind: 'revalidate', route: 'migrations/{id}/revalidate' },
  { name: 'deleteMigrationJobs', kind: 'deleteJobs', route: 'migrations/{id}/delete-jobs' },
  { name: 'addMigrationTasks', kind: 'addTasks', route: 'migrations/{id}/tasks' },
  {
    name: 'updateMigrationTask',
    kind: 'updateTask',
    route: 'migrations/{id}/tasks/{taskId}',
    method: 'PATCH',
  },
  {
    name: 'cancelMigrationTask',
    kind: 'cancelTask',
    route: 'migrations/{id}/tasks/{taskId}/cancel',
  },
];

/**
 * Returns the role that a command needs. Submitters may neither approve nor delete: another person
 * decides.
 */
function roleOf(kind: CommandKind): Role {
  if (kind === 'approve' || kind === 'reject') return 'Migrations.Approve';
  return kind === 'deleteJobs' ? 'Migrations.Delete' : 'Migrations.Submit';
}

/**
 * Registers `POST /migrations/{id}/<verb>` and the writes to tasks. They store a command for a
 * migration and return 202; its results are in the list of commands.
 */
export function registerCommands(services: Services): void {
  for (const { name, kind, route, method = 'POST' } of commandRoutes) {
    registerClientRoute(services, name, {
      route,
      methods: [method],
      role: roleOf(kind),
      handler: (request, client, context) =>
        handleCommand(kind, request, { client, context }, services),
    });
  }
}

async function handleCommand(
  kind: CommandKind,
  request: HttpRequest,
  { client, context }: { readonly client: DurableClient; readonly context: InvocationContext },
  services: Services,
): Promise<HttpResponseInit> {
  const key = idempotencyKeyOf(request);
  if (!key.ok) return key.problem;
  const found = await findMigration(request, services.stores);
  if (!found.ok) return found.problem;
  const { migration } = found;
  const taskId = guidSchema.safeParse(request.params['taskId']);
  const isOfTask = kind === 'cancelTask' || kind === 'updateTask';
  if (isOfTask && !taskId.success)
    return problemResponse(
      'taskNotFound',
      'the migration has no task with this id; GET /migrations/{id}/tasks lists its tasks',
    );
  const body = await parseBody(bodySchemas[kind], request, services.maxRequestBytes);
  if (!body.ok) return body.problem;
  const value = anyBodySchema.parse(body.value);
  const caller = callerOf(request, services);
  const mustName =
    needsName.includes(kind) || (kind === 'addTasks' && migration.approvalHours !== null);
  if (caller === undefined && mustName && value.by === undefined) {
    return problemResponse('invalidRequest', 'the body has bad fields; errors lists each of them', [
      {
        path: 'by',
        message:
          'is missing; function keys do not identify the caller, so send the name of the person who asks',
      },
    ]);
  }
  const {
    by,
    approvalId,
    reason,
    completeAfterDateTime,
    continueWithout,
    users,
    onConflict,
    confirmName,
    ...update
  } = value;
  if (
    completeAfterDateTime !== undefined &&
    Date.parse(completeAfterDateTime) <= services.nowMs()
  ) {
    return problemResponse('invalidRequest', 'the body has bad fields; errors lists each of them', [
      { path: 'completeAfterDateTime', message: 'must be in the future' },
    ]);
  }
  if (kind === 'deleteJobs' && confirmName !== migration.name) {
    return problemResponse(
      'nameNotConfirmed',
      'confirmName is not the name of this migration; send its exact name to confirm the deletion',
      [{ path: 'confirmName', message: 'must be the name of the migration' }],
    );
  }
  const asked = {
    kind,
    // The identity that the platform authenticated has precedence over the body.
    by: caller?.name ?? by ?? null,
    byId: caller?.id ?? null,
    ...(caller === undefined ? {} : { names: caller.names }),
    approvalId: approvalId ?? null,
    reason: reason ?? null,
    completeAfterDateTime: completeAfterDateTime ?? null,
    taskId: isOfTask ? (taskId.data ?? null) : null,
    continueWithout: continueWithout ?? null,
    update: kind === 'updateTask' ? taskUpdateSchema.parse(update) : null,
    users: users ?? [],
    onConflict: onConflict ?? 'refuse',
  };
  const wakeUpEndsAtMs = performance.now() + wakeUpTimeoutMs;
  const acceptance = await acceptCommand(migration, asked, key.value, {
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

const anyBodySchema = z.object({
  by: z.string().optional(),
  approvalId: z.string().optional(),
  reason: z.string().optional(),
  completeAfterDateTime: z.string().optional(),
  continueWithout: z.boolean().optional(),
  confirmName: z.string().optional(),
  users: z.array(requestedUserSchema).optional(),
  onConflict: addTasksBodySchema.shape.onConflict.optional(),
  ...taskUpdateSchema.partial().shape,
});

/**
 * Registers `GET /migrations/{id}/commands`: the commands of a migration with their results, oldest
 * first.
 */
export function registerListCommands({ stores, ...access }: Services): void {
  app.http('listCommands', {
    route: 'migrations/{id}/commands',
    methods: ['GET'],
    ...guard(access, 'Migrations.Read', async (request) => {
      const found = await findMigration(request, stores);
      if (!found.ok) return found.problem;
      const list: CommandList = {
        value: commandsWithResults(await stores.commands.readLog(found.migration.id)),
      };
      return { jsonBody: list };
    }),
  });
}
