import { createHash } from 'node:crypto';
import { z } from 'zod';
import { migrationIdFor } from '../contracts/ids.ts';
import type { Migration } from '../contracts/migration.ts';
import type { ProblemField } from '../contracts/problem.ts';
import {
  type MigrationRequest,
  migrationRequestSchema,
  readableRequestSchema,
  usersRequestSchema,
} from '../contracts/request.ts';
import { checkRequest, checkSharePointRequest } from '../domain/requestChecks.ts';
import { boundedFields, problemFields } from '../http/problems.ts';
import type { Stores } from '../storage/stores.ts';
import {
  findConflicts,
  type IntakeSettings,
  type LedgerConflict,
  newMigration,
} from './newMigration.ts';

// Increase it when the fingerprint is computed in another way, and leave the old function in
// `hashesByVersion`.
const currentVersion = '1';
const hashOf = (body: unknown): string =>
  createHash('sha256').update(canonicalJson(body)).digest('hex');

/** Computes the hash of a request as it was sent, by version. */
const hashesByVersion: Readonly<Record<string, (body: unknown) => string>> = {
  [currentVersion]: hashOf,
};

/**
 * Returns the fingerprint of a request, `<version>-<hash>`. It covers the request as it was sent,
 * without defaults, so a repetition has the same fingerprint in every release.
 * @param body the parsed JSON of a valid request
 */
export function requestFingerprint(body: unknown): string {
  return `${currentVersion}-${hashOf(body)}`;
}

/**
 * Returns true if a claim was made for this request. A fingerprint of a version that this release
 * does not support counts as a match.
 * @param body the parsed JSON of the request
 */
export function isFingerprintOf(fingerprint: string, body: unknown): boolean {
  const [version = '', expected] = fingerprint.split('-');
  const hash = hashesByVersion[version];
  return hash === undefined || expected === hash(body);
}

/**
 * Serializes a value with the members of objects sorted by name, so that equal objects have equal
 * text.
 */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** What accepting a request needs. */
export interface IntakeServices extends IntakeSettings {
  readonly stores: Stores;
  readonly nowMs: () => number;
  /** Starts the orchestration of the migration. Does nothing if it was started before. */
  readonly start: (migrationId: string) => Promise<void>;
}

export type Acceptance =
  | { readonly kind: 'accepted'; readonly migration: Migration }
  /** The request has bad fields and can never be accepted as it is. */
  | { readonly kind: 'invalid'; readonly errors: readonly ProblemField[] }
  /** The idempotency key, or the name if there is no key, was already used for another request. */
  | { readonly kind: 'conflict'; readonly migrationId: string }
  /**
   * A queue message requires an approval that nobody could give, because function keys do not
   * identify the approver.
   */
  | { readonly kind: 'approvalNeedsSignIn'; readonly detail: string }
  /** Users or sources are in another migration, or were migrated by one. */
  | ({ readonly kind: 'usersUnavailable' } & LedgerConflict);

const withKindSchema = z.looseObject({ kind: z.string() });

/**
 * Accepts a migration request. The claim, the request and the migration are stored, then the
 * orchestration is started. A repetition finds the stored claim, and starts the orchestration if a
 * crash prevented that. The same key and request always return the same migration; without a key,
 * the name of the request is the key.
 * @param body the parsed JSON, not validated yet
 */
export async function acceptRequest(
  body: unknown,
  key: string | undefined,
  services: IntakeServices,
): Promise<Acceptance> {
  const { stores } = services;
  // A request without a kind is validated as a users request, so that the caller sees all other
  // errors at the same time.
  const parsed = (
    withKindSchema.safeParse(body).success ? migrationRequestSchema : usersRequestSchema
  ).safeParse(body);
  if (!parsed.success)
    return {
      kind: 'invalid',
      errors: allBadFields(body, problemFields(parsed.error), services.nowMs()),
    };
  const request = parsed.data;

  const keyHash = createHash('sha256')
    .update(key === undefined ? `name:${request.name}` : `key:${key}`)
    .digest('hex');
  const migrationId = migrationIdFor(request.name, keyHash);
  const nowMs = services.nowMs();
  const errorsAt = (atMs: number): ProblemField[] => [
    ...(request.kind === 'users'
      ? checkRequest(request, atMs)
      : checkSharePointRequest(request, services.sourceTenantId, atMs)),
    ...requesterProblems(request, services.sender),
  ];
  let errors = errorsAt(nowMs);
  if (errors.length > 0) {
    // A repetition is validated at the time when the request was accepted: its cutover may be in
    // the past by now.
    const earlier = await stores.migrations.get(migrationId);
    if (earlier !== undefined) errors = errorsAt(Date.parse(earlier.acceptedAt));
    if (errors.length > 0) return { kind: 'invalid', errors: boundedFields(errors) };
  }

  const unapprovable = await unapprovableByKeys(request, migrationId, services);
  if (unapprovable !== undefined) return unapprovable;

  const conflicts = await findConflicts(stores, migrationId, request);
  // A repetition of an accepted request is never a conflict.
  if (conflicts !== undefined && (await stores.migrations.get(migrationId)) === undefined)
    return { kind: 'usersUnavailable', ...conflicts };

  const fingerprint = requestFingerprint(body);
  const migration = newMigration(migrationId, request, new Date(nowMs).toISOString(), services);
  const { inserted, claim } = await stores.migrations.accept({
    claim: { keyHash, fingerprint, migrationId, claimedAt: migration.acceptedAt },
    migration,
    request,
  });
  if (inserted) return start(migration, services);
  if (!isFingerprintOf(claim.fingerprint, body) || claim.migrationId !== migrationId)
    return { kind: 'conflict', migrationId: claim.migrationId };
  const existing = await stores.migrations.get(migrationId);
  if (existing === undefined)
    throw new Error(`the migration ${migrationId} was written but cannot be read back`);
  return start(existing, services);
}

/**
 * Returns a field error if the request requires approval but does not say who requests it: the
 * approver must be another person.
 */
function requesterProblems(
  { approval, requestedBy }: MigrationRequest,
  sender: IntakeSettings['sender'],
): ProblemField[] {
  const isSignedIn =
    sender?.kind === 'signedIn' || (sender?.kind === 'queue' && sender.replayedBy !== null);
  if (approval?.required !== true || requestedBy !== undefined || isSignedIn) return [];
  return [
    {
      path: 'requestedBy',
      message: 'is missing; approval.required needs it, because the requester cannot approve',
    },
  ];
}

/**
 * Returns a refusal if a queue message requires approval while the app uses function keys. The
 * requester in a message is only a claim, so its approver must be signed in.
 */
async function unapprovableByKeys(
  { approval }: MigrationRequest,
  migrationId: string,
  { sender, stores }: IntakeServices,
): Promise<Acceptance | undefined> {
  if (approval?.required !== true || sender?.kind !== 'queue' || sender.isSignInOn)
    return undefined;
  // The request may have been accepted before the app was switched to function keys.
  if ((await stores.migrations.get(migrationId)) !== undefined) return undefined;
  return {
    kind: 'approvalNeedsSignIn',
    detail:
      'a queue message that requires approval needs an approver who is signed in, but this app uses function keys; send the request to POST /api/migrations with requestedBy, or set AUTHENTICATION=entra and replay the message',
  };
}

async function start(migration: Migration, services: IntakeServices): Promise<Acceptance> {
  if (migration.phase === 'accepted') await services.start(migration.id);
  return { kind: 'accepted', migration };
}

function allBadFields(
  body: unknown,
  errors: readonly ProblemField[],
  nowMs: number,
): ProblemField[] {
  const readable = readableRequestSchema
    .extend({ kind: z.literal('users').optional() })
    .safeParse(body);
  if (!readable.success) return [...errors];
  const named = new Set(errors.map(({ path }) => path));
  return boundedFields([
    ...errors,
    ...checkRequest(readable.data, nowMs).filter(({ path }) => !named.has(path)),
  ]);
}
