import { app, type HttpRequest, type HttpResponseInit } from '@azure/functions';
import type { Freeze } from '../../shared/contracts/command.ts';
import { migrationIdSchema } from '../../shared/contracts/ids.ts';
import type { Migration } from '../../shared/contracts/migration.ts';
import type { AcceptedMigration, MigrationDetail } from '../../shared/contracts/responses.ts';
import { batchIdAt } from '../../shared/domain/batches.ts';
import { approvalDeadlineMs, withFreeze } from '../../shared/domain/checkpoint.ts';
import { mergeFailures } from '../../shared/domain/failures.ts';
import { personNeedSteps } from '../../shared/domain/lifecycle.ts';
import { addCounts, isFinalPhase } from '../../shared/domain/outcomes.ts';
import { parseJson } from '../../shared/domain/text.ts';
import { readBody } from '../../shared/http/body.ts';
import { eventsQuerySchema, migrationsQuerySchema } from '../../shared/http/paging.ts';
import { problemResponse } from '../../shared/http/problems.ts';
import { acceptRequest } from '../../shared/intake/acceptRequest.ts';
import type { Page } from '../../shared/storage/pages.ts';
import type { Stores } from '../../shared/storage/stores.ts';
import type { Services } from '../services.ts';
import { bodyProblem, idempotencyKeyOf } from './parseRequest.ts';
import { listResponse, callerOf, guard, migrationUrl, registerClientRoute } from './route.ts';

const pollSeconds = 30;
const keysNotice =
  'function keys do not identify people, so the app cannot verify that the approver is not the requester; set AUTHENTICATION=entra to verify it';

/**
 * Registers `POST /migrations`, which accepts a request, starts its migration, and returns 202 with
 * the address of the migration.
 */
export function registerCreateMigration(services: Services): void {
  registerClientRoute(services, 'createMigration', {
    route: 'migrations',
    methods: ['POST'],
    role: 'Migrations.Submit',
    handler: async (request, client) => {
      const usableKey = idempotencyKeyOf(request);
      if (!usableKey.ok) return usableKey.problem;
      const key = usableKey.value;
      const caller = callerOf(request, services);
      const intake = {
        ...services.intake(client),
        sender:
          caller === undefined
            ? ({ kind: 'key' } as const)
            : ({ kind: 'signedIn', person: caller } as const),
      };
      const body = await readBody(request, intake.maxRequestBytes);
      if (!body.ok) return bodyProblem(body);
      const value = parseJson(body.text);
      if (value === undefined) {
        const reason = 'the body is not JSON; send a migration request as JSON';
        return problemResponse('notJson', reason, [{ path: '', message: reason }]);
      }

      const acceptance = await acceptRequest(value, key, intake);
      switch (acceptance.kind) {
        case 'invalid':
          return problemResponse(
            'invalidRequest',
            'the request has bad fields; errors lists each of them',
            acceptance.errors,
          );
        case 'conflict':
          return problemResponse(
            'conflict',
            `this ${key === undefined ? 'name' : 'Idempotency-Key'} was already used for another request, migration ${acceptance.migrationId}; send the request with another ${key === undefined ? 'name' : 'key'}`,
          );
        case 'approvalNeedsSignIn':
          return problemResponse('approverNotAuthenticated', acceptance.detail);
        case 'usersUnavailable':
          return problemResponse(acceptance.code, acceptance.detail, acceptance.errors);
        case 'accepted': {
          const { id, name, kind, phase, acceptedAt, taskCount, batchCount } = acceptance.migration;
          const statusUrl = migrationUrl(request.url, id);
          const accepted: AcceptedMigration = {
            id,
            name,
            kind,
            phase,
            acceptedAt,
            taskCount,
            batchCount,
            statusUrl,
            tasksUrl: `${statusUrl}/tasks`,
            ...(caller === undefined && acceptance.migration.approvalHours !== null
              ? { notice: keysNotice }
              : {}),
          };
          return {
            status: 202,
            headers: { location: statusUrl, 'retry-after': String(pollSeconds) },
            jsonBody: accepted,
          };
        }
      }
    },
  });
}

/**
 * Registers `GET /migrations`: migrations in pages, newest first. During a freeze, the message of
 * each migration that has not ended says so.
 */
export function registerListMigrations({ stores, ...access }: Services): void {
  app.http('listMigrations', {
    route: 'migrations',
    methods: ['GET'],
    ...guard(access, 'Migrations.Read', (request) =>
      listResponse(request, migrationsQuerySchema, async (query) =>
        shownMigrations(
          ...(await Promise.all([stores.migrations.list(query), stores.freezes.current()])),
        ),
      ),
    ),
  });
}

function shownMigrations(page: Page<Migration>, frozen: Freeze | null): Page<Migration> {
  return {
    ...page,
    items: page.items.map((migration) =>
      isFinalPhase(migration.phase)
        ? migration
        : { ...migration, message: withFreeze(migration.message, frozen) },
    ),
  };
}

/**
 * Returns the migration named in the route of a request, or a 404. The id is validated before
 * storage is read.
 */
export async function findMigration(
  request: HttpRequest,
  stores: Stores,
): Promise<
  | { readonly ok: true; readonly migration: Migration }
  | { readonly ok: false; readonly problem: HttpResponseInit }
> {
  const id = migrationIdSchema.safeParse(request.params['id']);
  const migration = id.success ? await stores.migrations.get(id.data) : undefined;
  if (migration !== undefined) return { ok: true, migration };
  return {
    ok: false,
    problem: problemResponse(
      'migrationNotFound',
      'there is no migration with this id; GET /migrations lists them',
    ),
  };
}

/**
 * Registers `GET /migrations/{id}`: one migration with its batches and the reasons of failures.
 * Counts and reasons are computed from the rows of the batches, never from the tasks.
 */
export function registerGetMigration({ stores, ...access }: Services): void {
  app.http('getMigration', {
    route: 'migrations/{id}',
    methods: ['GET'],
    ...guard(access, 'Migrations.Read', async (request) => {
      const found = await findMigration(request, stores);
      if (!found.ok) return found.problem;
      const batches = await stores.batches.list(found.migration.id);
      const { migration } = found;
      const detail: MigrationDetail = {
        ...migration,
        message: isFinalPhase(migration.phase)
          ? migration.message
          : withFreeze(migration.message, await stores.freezes.current()),
        counts:
          migration.phase === 'running'
            ? addCounts(batches.map(({ counts }) => counts))
            : migration.counts,
        ...mergeFailures(batches.map(({ failures }) => failures)),
        needsPerson: batches.flatMap(({ batchId, needsPerson: need, message }) =>
          need === null ? [] : [{ batchId, need, message: message ?? personNeedSteps[need] }],
        ),
        approvals: await approvalsOf(migration, stores),
        batches: [...batches],
      };
      return { jsonBody: detail };
    }),
  });
}

/**
 * Returns the approval requests of a migration with their decisions. Who decided is in the
 * commands.
 */
async function approvalsOf(
  { id, approvalHours }: Migration,
  { commands }: Stores,
): Promise<MigrationDetail['approvals']> {
  if (approvalHours === null) return [];
  // One batch is enough: reading the results of all batches may be slow.
  const { approvals } = await commands.readBatchLog(id, batchIdAt(0));
  return approvals.map(({ approvalId, taskCount, tasksHash, requestedAt, decision }) => ({
    approvalId,
    taskCount,
    tasksHash,
    requestedAt,
    deadlineAt: new Date(approvalDeadlineMs(requestedAt, approvalHours)).toISOString(),
    verdict: decision?.verdict ?? null,
    decidedAt: decision?.decidedAt ?? null,
  }));
}

/**
 * Registers `GET /migrations/{id}/events`: the audit trail of a migration in pages, oldest first.
 * Each event contains the hash of the previous one.
 */
export function registerListEvents({ stores, ...access }: Services): void {
  app.http('listEvents', {
    route: 'migrations/{id}/events',
    methods: ['GET'],
    ...guard(access, 'Migrations.Read', async (request) => {
      const found = await findMigration(request, stores);
      if (!found.ok) return found.problem;
      return listResponse(request, eventsQuerySchema, (query) =>
        stores.audit.list(found.migration.id, query),
      );
    }),
  });
}
