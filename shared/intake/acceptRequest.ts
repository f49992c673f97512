import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Migration } from '../contracts/migration.ts';
import { type MigrationRequest, migrationRequestSchema } from '../contracts/migrationRequest.ts';
import type { ProblemField } from '../contracts/problem.ts';
import { readableRequestSchema, usersRequestSchema } from '../contracts/usersRequest.ts';
import { checkRequest } from '../domain/checkRequest.ts';
import { checkSharePointRequest } from '../domain/checkSharePointRequest.ts';
import { noCounts } from '../domain/counts.ts';
import { migrationIdFor } from '../domain/migrationId.ts';
import { boundedFields, problemFields } from '../http/problemFields.ts';
import { contentHash } from '../storage/contentHash.ts';
import type { Stores } from '../storage/stores.ts';

/** What accepting a request needs. */
export interface IntakeServices {
  readonly stores: Stores;
  readonly nowMs: () => number;
  readonly targetTenantId: string;
  /** Absent where the app is not set up for SharePoint requests. */
  readonly sourceTenantId?: string;
  readonly batchSize: number;
  /** Who the platform says the caller is; counts before what the request says. */
  readonly requestedBy?: string;
  /** Starts the migration's orchestration, and does nothing when it has been started before. */
  readonly start: (migrationId: string) => Promise<void>;
}

export type Acceptance =
  | { readonly kind: 'accepted'; readonly migration: Migration }
  /** The request can never be accepted as it is. */
  | { readonly kind: 'invalid'; readonly errors: readonly ProblemField[] }
  /** The key (or the name, where there is no key) stands for another request already. */
  | { readonly kind: 'conflict'; readonly migrationId: string };

/**
 * Accepts one request, however often it comes: claim, keep the request, write the migration's row, start. Each step may
 * find itself done, so a repetition finishes what a crash has left. The same key and request always mean the same
 * migration; without a key the request's name is the key.
 * @param body the parsed JSON, still unchecked
 */
export async function acceptRequest(body: unknown, key: string | undefined, services: IntakeServices): Promise<Acceptance> {
  const { stores } = services;
  // Without a kind it is judged as the first kind there was, so that the caller hears of everything else as well.
  const hasKind = z.looseObject({ kind: z.string() }).safeParse(body).success;
  const parsed = (hasKind ? migrationRequestSchema : usersRequestSchema).safeParse(body);
  if (!parsed.success) return { kind: 'invalid', errors: everyBadField(body, problemFields(parsed.error), services.nowMs()) };
  const request = parsed.data;

  const keyHash = createHash('sha256').update(key === undefined ? `name:${request.name}` : `key:${key}`).digest('hex');
  const migrationId = migrationIdFor(request.name, keyHash);
  const nowMs = services.nowMs();
  const errorsAt = (atMs: number): ProblemField[] => [...(request.kind === 'users' ? checkRequest(request, atMs) : checkSharePointRequest(request, services.sourceTenantId, atMs))];
  let errors = errorsAt(nowMs);
  if (errors.length > 0) {
    // A repetition is judged by the instant at which the request was accepted: its cutover may have passed since.
    const earlier = await stores.migrations.get(migrationId);
    if (earlier !== undefined) errors = errorsAt(Date.parse(earlier.acceptedAt));
    if (errors.length > 0) return { kind: 'invalid', errors: boundedFields(errors) };
  }

  const acceptedAt = new Date(nowMs).toISOString();
  const { inserted, claim } = await stores.migrations.claim({ keyHash, fingerprint: contentHash(request), migrationId, claimedAt: acceptedAt });
  if (claim.fingerprint !== contentHash(request) || claim.migrationId !== migrationId) {
    return { kind: 'conflict', migrationId: claim.migrationId };
  }

  // A claim that is new is the first of its key: nothing has been written under it that would have to be read.
  const known = inserted ? undefined : await stores.migrations.get(migrationId);
  if (known === undefined) {
    const migration: Migration = {
      id: migrationId,
      name: request.name,
      phase: 'accepted',
      targetTenantId: services.targetTenantId,
      validateOnly: request.validateOnly,
      requestedBy: services.requestedBy ?? request.requestedBy ?? null,
      approvalHours: request.approval?.required === true ? request.approval.timeoutHours : null,
      ...(request.kind === 'users' ? usersMembers(request, services) : sharePointMembers(request, services)),
      message: null,
      acceptedAt: claim.claimedAt,
      updatedAt: acceptedAt,
      finishedAt: null,
    };
    await stores.requests.save(migrationId, request);
    await stores.migrations.insert(migration);
    if (inserted) return start(migration, services);
  }
  const migration = known ?? (await stores.migrations.get(migrationId));
  if (migration === undefined) throw new Error(`the migration ${migrationId} was written and cannot be read back`);
  return start(migration, services);
}

async function start(migration: Migration, services: IntakeServices): Promise<Acceptance> {
  if (migration.phase === 'accepted') await services.start(migration.id);
  return { kind: 'accepted', migration };
}

type OwnMembers = 'kind' | 'sourceTenantId' | 'completeAfterDateTime' | 'workloads' | 'exchangeSettings' | 'batchSize' | 'holdHours' | 'taskCount' | 'batchCount' | 'counts';

function usersMembers(request: Extract<MigrationRequest, { kind: 'users' }>, { batchSize }: IntakeServices): Pick<Migration, OwnMembers> {
  const { kind, sourceTenantId, completeAfterDateTime = null, workloads, exchangeSettings = null, onInvalid, holdTimeoutHours, users } = request;
  return { kind, sourceTenantId, completeAfterDateTime, workloads, exchangeSettings, holdHours: onInvalid === 'hold' ? holdTimeoutHours : null, ...sizes(users.length, batchSize) };
}

/** A batch of SharePoint tasks only shares out the work: all of its tasks are under way together. */
function sharePointMembers({ kind, tasks }: Extract<MigrationRequest, { kind: 'sharePoint' }>, { batchSize, sourceTenantId = '' }: IntakeServices): Pick<Migration, OwnMembers> {
  return { kind, sourceTenantId, completeAfterDateTime: null, workloads: [], exchangeSettings: null, holdHours: null, ...sizes(tasks.length, Math.min(batchSize, 100)) };
}

function sizes(taskCount: number, batchSize: number): Pick<Migration, 'batchSize' | 'taskCount' | 'batchCount' | 'counts'> {
  return { batchSize, taskCount, batchCount: Math.ceil(taskCount / batchSize), counts: { ...noCounts, pending: taskCount } };
}

function everyBadField(body: unknown, errors: readonly ProblemField[], nowMs: number): ProblemField[] {
  const readable = readableRequestSchema.extend({ kind: z.literal('users').optional() }).safeParse(body);
  if (!readable.success) return [...errors];
  const named = new Set(errors.map(({ path }) => path));
  return boundedFields([...errors, ...checkRequest(readable.data, nowMs).filter(({ path }) => !named.has(path))]);
}
