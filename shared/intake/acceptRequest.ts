import { createHash } from 'node:crypto';
import type { Migration } from '../contracts/migration.ts';
import type { ProblemField } from '../contracts/problem.ts';
import { readableRequestSchema, usersRequestSchema } from '../contracts/usersRequest.ts';
import { checkRequest } from '../domain/checkRequest.ts';
import { noCounts } from '../domain/counts.ts';
import { migrationIdFor } from '../domain/migrationId.ts';
import { problemFields } from '../http/problemFields.ts';
import { contentHash } from '../storage/contentHash.ts';
import type { Stores } from '../storage/stores.ts';

/** What accepting a request needs. */
export interface IntakeServices {
  readonly stores: Stores;
  readonly nowMs: () => number;
  readonly targetTenantId: string;
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
  const parsed = usersRequestSchema.safeParse(body);
  if (!parsed.success) return { kind: 'invalid', errors: everyBadField(body, problemFields(parsed.error), services.nowMs()) };
  const request = parsed.data;

  const keyHash = createHash('sha256').update(key === undefined ? `name:${request.name}` : `key:${key}`).digest('hex');
  const migrationId = migrationIdFor(request.name, keyHash);
  const known = await stores.migrations.get(migrationId);
  // A repetition is judged by the instant at which the request was accepted: its cutover may have passed since.
  const nowMs = services.nowMs();
  const errors = checkRequest(request, known === undefined ? nowMs : Date.parse(known.acceptedAt));
  if (errors.length > 0) return { kind: 'invalid', errors };

  const acceptedAt = new Date(nowMs).toISOString();
  const { claim } = await stores.migrations.claim({ keyHash, fingerprint: contentHash(request), migrationId, claimedAt: acceptedAt });
  if (claim.fingerprint !== contentHash(request) || claim.migrationId !== migrationId) {
    return { kind: 'conflict', migrationId: claim.migrationId };
  }

  if (known === undefined) {
    await stores.requests.save(migrationId, request);
    await stores.migrations.insert({
      id: migrationId,
      kind: request.kind,
      name: request.name,
      phase: 'accepted',
      sourceTenantId: request.sourceTenantId,
      targetTenantId: services.targetTenantId,
      validateOnly: request.validateOnly,
      completeAfterDateTime: request.completeAfterDateTime ?? null,
      workloads: request.workloads,
      exchangeSettings: request.exchangeSettings ?? null,
      batchSize: services.batchSize,
      requestedBy: services.requestedBy ?? request.requestedBy ?? null,
      approvalHours: request.approval?.required === true ? request.approval.timeoutHours : null,
      taskCount: request.users.length,
      batchCount: Math.ceil(request.users.length / services.batchSize),
      counts: { ...noCounts, pending: request.users.length },
      message: null,
      acceptedAt: claim.claimedAt,
      updatedAt: acceptedAt,
      finishedAt: null,
    });
  }
  const migration = (await stores.migrations.get(migrationId)) ?? known;
  if (migration === undefined) throw new Error(`the migration ${migrationId} was written and cannot be read back`);
  if (migration.phase === 'accepted') await services.start(migrationId);
  return { kind: 'accepted', migration };
}

function everyBadField(body: unknown, errors: readonly ProblemField[], nowMs: number): ProblemField[] {
  const readable = readableRequestSchema.safeParse(body);
  if (!readable.success) return [...errors];
  const named = new Set(errors.map(({ path }) => path));
  return [...errors, ...checkRequest(readable.data, nowMs).filter(({ path }) => !named.has(path))];
}
