import type { HttpResponseInit } from '@azure/functions';
import type { z } from 'zod';
import type { Freeze } from '../../shared/contracts/command.ts';
import { batchIdAt } from '../../shared/contracts/ids.ts';
import type { Migration } from '../../shared/contracts/migration.ts';
import type { migrationRequestSchema } from '../../shared/contracts/request.ts';
import type { AcceptedMigration, MigrationDetail } from '../../shared/contracts/responses.ts';
import { approvalDeadlineMs, withFreeze } from '../../shared/domain/commands.ts';
import { mergeFailures } from '../../shared/domain/failures.ts';
import { personNeedSteps } from '../../shared/domain/lifecycle.ts';
import { addCounts, isFinalPhase } from '../../shared/domain/outcomes.ts';
import { httpPolicy } from '../../shared/domain/policies.ts';
import { problemResponse } from '../../shared/http/problems.ts';
import { acceptRequest } from '../../shared/intake/acceptRequest.ts';
import type { Page } from '../../shared/storage/rows.ts';
import type { Stores } from '../../shared/storage/stores.ts';
import {
  type Call,
  migrationUrl,
  type OfMigration,
  pageQuerySchema,
  pageResponse,
  type WithClient,
} from './route.ts';

const keysNotice =
  'function keys do not identify people, so the app cannot verify that the approver is not the requester; set AUTHENTICATION=entra to verify it';

/** An example request of each kind. */
export const requestExamples: Readonly<
  Record<'users' | 'sharePoint', z.input<typeof migrationRequestSchema>>
> = {
  users: {
    kind: 'users',
    name: 'wave01',
    sourceTenantId: '11111111-2222-3333-4444-555555555555',
    users: [
      'aaaaaaaa-0000-4000-8000-000000000001',
      {
        targetUserId: 'aaaaaaaa-0000-4000-8000-000000000002',
        sourceUserPrincipalName: 'lee@contoso.com',
      },
    ],
    workloads: ['Teams', 'Exchange', 'ODSP', 'Meeting'],
    exchangeSettings: {
      sourceEndpoint: 'xt-endpoint',
      targetDeliveryDomain: 'fabrikam.onmicrosoft.com',
    },
    completeAfterDateTime: '2026-12-01T22:00:00Z',
    requestedBy: 'ana@fabrikam.com',
    approval: { required: true, timeoutHours: 72 },
  },
  sharePoint: {
    kind: 'sharePoint',
    name: 'sites-01',
    validateFirst: true,
    tasks: [
      {
        '@odata.type': '#microsoft.graph.sharePointSiteMigrationTaskParameters',
        targetOrganizationHost: 'https://fabrikam.sharepoint.com',
        sourceSiteUrl: 'https://contoso.sharepoint.com/sites/IT',
        targetSiteUrl: 'https://fabrikam.sharepoint.com/sites/IT',
      },
    ],
  },
};

/**
 * Accepts a request, starts its migration, and returns 202 with the address of the migration.
 */
export async function createMigration({
  request,
  services,
  caller,
  idempotencyKey: key,
  client,
  body,
}: Call & WithClient & { readonly body: unknown }): Promise<HttpResponseInit> {
  const acceptance = await acceptRequest(body, key, {
    ...services.intake(client),
    sender: caller === undefined ? { kind: 'key' } : { kind: 'signedIn', person: caller },
  });
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
        headers: { location: statusUrl, 'retry-after': String(httpPolicy.pollSeconds) },
        jsonBody: accepted,
      };
    }
  }
}

export const migrationsQuerySchema = pageQuerySchema(50, 200);

/**
 * Lists migrations in pages, newest first. During a freeze, the message of each migration that has
 * not ended says so.
 */
export async function listMigrations({
  request,
  services: { stores },
  query,
}: Call & { readonly query: z.output<typeof migrationsQuerySchema> }): Promise<HttpResponseInit> {
  const [page, frozen] = await Promise.all([
    stores.migrations.list(query),
    stores.freezes.current(),
  ]);
  return pageResponse(request, shownMigrations(page, frozen));
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
 * Returns one migration with its batches and the reasons of failures. Counts and reasons are
 * computed from the rows of the batches, never from the tasks.
 */
export async function getMigration({
  services: { stores },
  migration,
}: Call & OfMigration): Promise<HttpResponseInit> {
  const batches = await stores.batches.list(migration.id);
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
