import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Migration } from '../contracts/migration.ts';
import type { ProblemField } from '../contracts/problem.ts';
import {
  type MigrationRequest,
  migrationRequestSchema,
  readableRequestSchema,
  usersRequestSchema,
} from '../contracts/request.ts';
import { migrationIdFor } from '../domain/ids.ts';
import { checkRequest, checkSharePointRequest } from '../domain/requestChecks.ts';
import { boundedFields, problemFields } from '../http/problems.ts';
import type { Stores } from '../storage/stores.ts';
import { findConflicts, type LedgerConflict } from './conflicts.ts';
import { type IntakeSettings, newMigration } from './newMigration.ts';

// Rises when the way in which a fingerprint is made changes; the old way then stays in `hashesByVersion`.
const currentVersion = '1';
const hashOf = (body: unknown): string =>
  createHash('sha256').update(canonicalJson(body)).digest('hex');

/** How the fingerprint of a request as it was sent is made, by version. */
const hashesByVersion: Readonly<Record<string, (body: unknown) => string>> = {
  [currentVersion]: hashOf,
};

/**
 * The fingerprint of a request as it was sent, `<version>-<hash>`. What a release makes of the request, such as the defaults of members that
 * are left out, has no part in it, so that a repetition has the same fingerprint in every release.
 * @param body the parsed JSON of a request that was found valid
 */
export function requestFingerprint(body: unknown): string {
  return `${currentVersion}-${hashOf(body)}`;
}

/**
 * Returns true if a claim was made for this request. A fingerprint of a version that this release does not support
 * counts as a match.
 * @param body the parsed JSON of the request
 */
export function isFingerprintOf(fingerprint: string, body: unknown): boolean {
  const [version = '', expected] = fingerprint.split('-');
  const hash = hashesByVersion[version];
  return hash === undefined || expected === hash(body);
}

/** JSON in which the members of objects are in the order of their names: objects with the same members have the same text. */
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
  /** Starts the migration's orchestration, and does nothing when it has been started before. */
  readonly start: (migrationId: string) => Promise<void>;
}

export type Acceptance =
  | { readonly kind: 'accepted'; readonly migration: Migration }
  /** The request can never be accepted as it is. */
  | { readonly kind: 'invalid'; readonly errors: readonly ProblemField[] }
  /** The key (or the name, where there is no key) stands for another request already. */
  | { readonly kind: 'conflict'; readonly migrationId: string }
  /** A queue message asks for an approval that nobody could give: with function keys nobody is known. */
  | { readonly kind: 'approvalNeedsSignIn'; readonly detail: string }
  /** Users or sources are in another migration, or were moved by one. */
  | ({ readonly kind: 'usersUnavailable' } & LedgerConflict);

const withKindSchema = z.looseObject({ kind: z.string() });

/**
 * Accepts one request, however often it comes: it is taken in with its claim, then started. A repetition finds it there and
 * starts what a crash has left. The same key and request always mean the same migration; without a key the request's name is
 * the key.
 * @param body the parsed JSON, still unchecked
 */
export async function acceptRequest(
  body: unknown,
  key: string | undefined,
  services: IntakeServices,
): Promise<Acceptance> {
  const { stores } = services;
  // Without a kind it is judged as the first kind there was, so that the caller hears of everything else as well.
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
    // A repetition is judged by the instant at which the request was accepted: its cutover may have passed since.
    const earlier = await stores.migrations.get(migrationId);
    if (earlier !== undefined) errors = errorsAt(Date.parse(earlier.acceptedAt));
    if (errors.length > 0) return { kind: 'invalid', errors: boundedFields(errors) };
  }

  const unapprovable = await unapprovableByKeys(request, migrationId, services);
  if (unapprovable !== undefined) return unapprovable;

  const conflicts = await findConflicts(stores, migrationId, request);
  // A repetition of an accepted request is no conflict, whatever has happened since.
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
    throw new Error(`the migration ${migrationId} was written and cannot be read back`);
  return start(existing, services);
}

/** Four eyes need to know whose the first two are. */
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
      message:
        'is missing: with approval.required, say who asks, because the same person cannot approve',
    },
  ];
}

/** What a queue message says of its requester is a claim: its approver must be signed in, which nobody is with function keys. */
async function unapprovableByKeys(
  { approval }: MigrationRequest,
  migrationId: string,
  { sender, stores }: IntakeServices,
): Promise<Acceptance | undefined> {
  if (approval?.required !== true || sender?.kind !== 'queue' || sender.isSignInOn)
    return undefined;
  // It may have been accepted before the app was set up for keys.
  if ((await stores.migrations.get(migrationId)) !== undefined) return undefined;
  return {
    kind: 'approvalNeedsSignIn',
    detail:
      'a request by queue or blob with approval needs an approver who is signed in, and with function keys nobody is: send it by POST /api/migrations with requestedBy, or set the app up with AUTHENTICATION=entra and replay it',
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
