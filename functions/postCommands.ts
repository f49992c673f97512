import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import * as df from 'durable-functions';
import { z } from 'zod';
import { bell } from '../orchestrations/names.ts';
import { commandBodySchema, type CommandKind, decisionBodySchema, rescheduleBodySchema } from '../shared/contracts/command.ts';
import { guidSchema } from '../shared/contracts/ids.ts';
import { parseJson } from '../shared/domain/parseJson.ts';
import { problemFields } from '../shared/http/problemFields.ts';
import { problemResponse } from '../shared/http/problemResponse.ts';
import { readBody } from '../shared/http/readBody.ts';
import { acceptCommand } from '../shared/intake/acceptCommand.ts';
import { findMigration } from './findMigration.ts';
import type { Services } from './services.ts';

const bodySchemas = {
  approve: decisionBodySchema,
  reject: decisionBodySchema,
  cancel: commandBodySchema,
  reschedule: rescheduleBodySchema,
  pause: commandBodySchema,
  resume: commandBodySchema,
  cancelTask: commandBodySchema,
} as const satisfies Readonly<Record<CommandKind, z.ZodType>>;

const commands: readonly { readonly name: string; readonly kind: CommandKind; readonly route: string }[] = [
  { name: 'postApprove', kind: 'approve', route: 'migrations/{id}/approve' },
  { name: 'postReject', kind: 'reject', route: 'migrations/{id}/reject' },
  { name: 'postCancel', kind: 'cancel', route: 'migrations/{id}/cancel' },
  { name: 'postReschedule', kind: 'reschedule', route: 'migrations/{id}/reschedule' },
  { name: 'postPause', kind: 'pause', route: 'migrations/{id}/pause' },
  { name: 'postResume', kind: 'resume', route: 'migrations/{id}/resume' },
  { name: 'postCancelTask', kind: 'cancelTask', route: 'migrations/{id}/tasks/{taskId}/cancel' },
];

/** `POST /migrations/{id}/<verb>`: asks something of a running migration; 202, and what became of it in its commands. */
export function registerPostCommands(services: Services): void {
  for (const { name, kind, route } of commands) {
    df.app.client.http(name, {
      route,
      methods: ['POST'],
      authLevel: 'function',
      handler: (request: HttpRequest, client: df.DurableClient) => answer(kind, request, client, services),
    });
  }
}

async function answer(kind: CommandKind, request: HttpRequest, client: df.DurableClient, services: Services): Promise<HttpResponseInit> {
  const found = await findMigration(request, services.stores);
  if (!found.ok) return found.problem;
  const { migration } = found;
  const taskId = guidSchema.safeParse(request.params['taskId']);
  if (kind === 'cancelTask' && !taskId.success) return problemResponse(404, 'taskNotFound', 'the migration has no such user');
  const body = await commandBody(kind, request, services);
  if (!body.ok) return body.problem;
  const { by, reason, completeAfterDateTime } = body.value;
  if (completeAfterDateTime !== undefined && Date.parse(completeAfterDateTime) <= services.nowMs()) {
    return problemResponse(400, 'invalidRequest', 'the body has bad fields', [{ path: 'completeAfterDateTime', message: 'must be in the future' }]);
  }
  // Where the platform has authenticated the caller, the body cannot say otherwise.
  const principal = request.headers.get('x-ms-client-principal-name');
  const asked = {
    kind,
    by: principal ?? by ?? null,
    reason: reason ?? null,
    completeAfterDateTime: completeAfterDateTime ?? null,
    taskId: kind === 'cancelTask' ? (taskId.data ?? null) : null,
  };
  const key = request.headers.get('idempotency-key') ?? undefined;
  const acceptance = await acceptCommand(migration, asked, key, {
    stores: services.stores,
    nowMs: services.nowMs,
    ring: async (instanceId) => {
      // The row is what counts: an orchestration that has just ended or continued reads it by itself.
      await client.raiseEvent(instanceId, bell, null).catch(() => undefined);
    },
  });
  switch (acceptance.kind) {
    case 'conflict':
      return problemResponse(409, acceptance.code, acceptance.detail);
    case 'forbidden':
      return problemResponse(403, 'requesterCannotApprove', acceptance.detail);
    case 'notFound':
      return problemResponse(404, 'taskNotFound', acceptance.detail);
    case 'accepted': {
      const { commandId, state, results } = acceptance.command;
      const late = results.find(({ verdict }) => verdict === 'tooLate');
      if (state === 'tooLate' && late !== undefined) return problemResponse(409, 'tooLate', `${late.detail}; the command is on record as ${commandId}`);
      const commandsUrl = `${new URL(request.url).origin}${new URL(request.url).pathname.replace(/\/migrations\/.*$/, '')}/migrations/${migration.id}/commands`;
      return { status: 202, headers: { location: commandsUrl }, jsonBody: { commandId, kind, state, commandsUrl } };
    }
  }
}

const anyBodySchema = z.object({ by: z.string().optional(), reason: z.string().optional(), completeAfterDateTime: z.string().optional() });

async function commandBody(
  kind: CommandKind,
  request: HttpRequest,
  { maxRequestBytes }: Services,
): Promise<{ readonly ok: true; readonly value: z.infer<typeof anyBodySchema> } | { readonly ok: false; readonly problem: HttpResponseInit }> {
  const body = await readBody(request, maxRequestBytes);
  if (!body.ok && body.code !== 'bodyMissing') return { ok: false, problem: problemResponse(400, body.code, body.reason, [{ path: '', message: body.reason }]) };
  const parsed = bodySchemas[kind].safeParse(body.ok ? parseJson(body.text) : {});
  if (!parsed.success) return { ok: false, problem: problemResponse(400, 'invalidRequest', 'the body has bad fields', problemFields(parsed.error)) };
  return { ok: true, value: anyBodySchema.parse(parsed.data) };
}
