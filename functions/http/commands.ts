import type { HttpResponseInit } from '@azure/functions';
import { acceptCommand } from '../../orchestrations/commands/accept.ts';
import type {
  CommandMembers,
  CommandRequest,
} from '../../orchestrations/commands/commandDefinition.ts';
import { commandDefinitions } from '../../orchestrations/commands/index.ts';
import { wakeUpEvent } from '../../orchestrations/names.ts';
import { type CommandKind, commandKindSchema } from '../../shared/contracts/command.ts';
import {
  type AcceptedCommand,
  acceptedCommandSchema,
  type CommandList,
} from '../../shared/contracts/responses.ts';
import { commandsWithResults } from '../../shared/domain/commands.ts';
import { httpPolicy } from '../../shared/domain/policies.ts';
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

/**
 * The routes of the commands. They store a command for a migration and return 202; its results are
 * in the list of commands.
 */
export const commandRoutes: readonly Route[] = commandKindSchema.options.map((kind) => {
  const { route: own, role, appliesTo, body } = commandDefinitions[kind];
  return route({
    name: own.name,
    method: own.method ?? 'POST',
    path: `migrations/{id}/${own.path}`,
    role,
    tag: 'commands',
    summary: own.summary,
    usesDurable: true,
    body,
    responses: { 202: json('the command, which is stored', acceptedCommandSchema, locationHeader) },
    problems: [
      'tooLate',
      'conflict',
      ...(own.problems ?? []),
      ...(appliesTo.includes('sharePoint') ? [] : (['notForSharePoint'] as const)),
    ],
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
  }: Call & OfMigration & WithClient & { readonly body: CommandMembers },
): Promise<HttpResponseInit> {
  const { needsName, refusal } = commandDefinitions[kind];
  if (caller === undefined && body.by === undefined && needsName?.(migration) === true)
    return problemResponse('invalidRequest', 'the body has bad fields; errors lists each of them', [
      {
        path: 'by',
        message:
          'is missing; function keys do not identify the caller, so send the name of the person who asks',
      },
    ]);
  const refused = refusal?.(body, migration, services.nowMs());
  if (refused !== undefined) return problemResponse(refused.code, refused.detail, refused.errors);
  const asked: CommandRequest = {
    kind,
    // The identity that the platform authenticated has precedence over the body.
    by: caller?.name ?? body.by ?? null,
    byId: caller?.id ?? null,
    ...(caller === undefined ? {} : { names: caller.names }),
    taskId,
    reason: body.reason ?? null,
    approvalId: body.approvalId ?? null,
    completeAfterDateTime: body.completeAfterDateTime ?? null,
    continueWithout: body.continueWithout ?? null,
    update: body.update ?? null,
    users: body.users ?? [],
    ...(body.onConflict === undefined ? {} : { onConflict: body.onConflict }),
  };
  const wakeUpEndsAtMs = performance.now() + httpPolicy.wakeUpMs;
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
