import { isOnlyValidated, ledgerKey } from '../contracts/task.ts';
import type { Migration } from '../contracts/migration.ts';
import type { ProblemField } from '../contracts/problem.ts';
import type { MigrationRequest, RequestedUser } from '../contracts/request.ts';
import { noCounts } from '../domain/outcomes.ts';
import { boundedFields } from '../http/problems.ts';
import type { LedgerEntry } from '../storage/ledgerRows.ts';
import { sharePointTaskId } from '../storage/rows.ts';
import type { Stores } from '../storage/stores.ts';

/** Values of a migration that do not come from its request. */
export interface IntakeSettings {
  readonly targetTenantId: string;
  /** Absent if the app is not configured for SharePoint requests. */
  readonly sourceTenantId?: string;
  readonly batchSize: number;
  /** The sender of the request. If absent, a caller with a function key. */
  readonly sender?: Sender;
}

/** A person as authenticated by the platform. */
export interface SignedIn {
  readonly id: string;
  readonly name: string;
}

/**
 * The sender of a request: a signed-in person, a caller with a function key, or a queue message,
 * whose author is unknown. `isSignInOn` says whether callers of the HTTP routes are signed in;
 * `replayedBy` is the signed-in person who replayed a rejected message.
 */
export type Sender =
  | { readonly kind: 'signedIn'; readonly person: SignedIn }
  | { readonly kind: 'key' }
  | { readonly kind: 'queue'; readonly isSignInOn: boolean; readonly replayedBy: SignedIn | null };

/** Creates the migration of a request, in the phase `accepted`. */
export function newMigration(
  id: string,
  request: MigrationRequest,
  acceptedAt: string,
  settings: IntakeSettings,
): Migration {
  return {
    id,
    name: request.name,
    phase: 'accepted',
    targetTenantId: settings.targetTenantId,
    validateOnly: request.validateOnly,
    ...requester(request, settings.sender),
    approvalHours: request.approval?.required === true ? request.approval.timeoutHours : null,
    ...(request.kind === 'users'
      ? usersMembers(request, settings)
      : sharePointMembers(request, settings)),
    message: null,
    acceptedAt,
    updatedAt: acceptedAt,
    finishedAt: null,
    auditHead: null,
  };
}

/**
 * Returns the requester of a migration. The identity of a signed-in person has precedence over
 * the name in the request.
 */
function requester(
  { requestedBy }: MigrationRequest,
  sender: Sender = { kind: 'key' },
): Pick<Migration, 'requestedBy' | 'requestedById' | 'requestedByKind' | 'claimedBy'> {
  const person =
    sender.kind === 'signedIn' ? sender.person : sender.kind === 'queue' ? sender.replayedBy : null;
  if (person !== null)
    return {
      requestedBy: person.name,
      requestedById: person.id,
      requestedByKind: 'authenticated',
      claimedBy: sender.kind === 'queue' ? (requestedBy ?? null) : null,
    };
  if (requestedBy === undefined)
    return { requestedBy: null, requestedById: null, requestedByKind: null, claimedBy: null };
  return {
    requestedBy,
    requestedById: null,
    requestedByKind: sender.kind === 'queue' ? 'claimed' : 'named',
    claimedBy: null,
  };
}

type OwnMembers =
  | 'kind'
  | 'sourceTenantId'
  | 'completeAfterDateTime'
  | 'workloads'
  | 'exchangeSettings'
  | 'batchSize'
  | 'holdHours'
  | 'taskCount'
  | 'batchCount'
  | 'counts';

function usersMembers(
  request: Extract<MigrationRequest, { kind: 'users' }>,
  { batchSize }: IntakeSettings,
): Pick<Migration, OwnMembers> {
  const {
    kind,
    sourceTenantId,
    completeAfterDateTime = null,
    workloads,
    exchangeSettings = null,
    onInvalid,
    holdTimeoutHours,
    users,
  } = request;
  return {
    kind,
    sourceTenantId,
    completeAfterDateTime,
    workloads,
    exchangeSettings,
    holdHours: onInvalid === 'hold' ? holdTimeoutHours : null,
    ...sizes(users.length, batchSize),
  };
}

/** SharePoint batches only divide the work: all tasks of a batch run at the same time. */
function sharePointMembers(
  { kind, tasks }: Extract<MigrationRequest, { kind: 'sharePoint' }>,
  { batchSize, sourceTenantId = '' }: IntakeSettings,
): Pick<Migration, OwnMembers> {
  return {
    kind,
    sourceTenantId,
    completeAfterDateTime: null,
    workloads: [],
    exchangeSettings: null,
    holdHours: null,
    ...sizes(tasks.length, Math.min(batchSize, 100)),
  };
}

function sizes(
  taskCount: number,
  batchSize: number,
): Pick<Migration, 'batchSize' | 'taskCount' | 'batchCount' | 'counts'> {
  return {
    batchSize,
    taskCount,
    batchCount: Math.ceil(taskCount / batchSize),
    counts: { ...noCounts, pending: taskCount },
  };
}

/** Users or sources that another migration has reserved or migrated (409). */
export interface LedgerConflict {
  readonly code: 'userUnderWay' | 'userMoved';
  readonly detail: string;
  readonly errors: readonly ProblemField[];
}

/** A user or source of a request, with its path in the request. */
interface LookUp {
  readonly key: string;
  readonly path: string;
  readonly moveAgain: boolean;
}

// Larger requests are only checked when they are planned: one look-up per user would make the
// caller wait.
const maxLookUps = 5_000;
const maxNamedMigrations = 5;

/**
 * Returns the conflicts of a request with the ledger; undefined if there are none, or if the
 * request does not need the check.
 */
export async function findConflicts(
  stores: Stores,
  migrationId: string,
  request: MigrationRequest,
): Promise<LedgerConflict | undefined> {
  if (request.validateOnly || request.onConflict === 'leaveOut') return undefined;
  if (request.kind === 'users')
    return conflictOf(stores, migrationId, userLookUps(request.users, request.moveAgain));
  const tasks = request.tasks.flatMap((parameters, index): LookUp[] =>
    isOnlyValidated({ parameters })
      ? []
      : [
          {
            key: ledgerKey({ taskId: sharePointTaskId(parameters), parameters }),
            path: `tasks[${String(index)}]`,
            moveAgain: request.moveAgain,
          },
        ],
  );
  return conflictOf(stores, migrationId, tasks);
}

/** Returns the conflicts of users that a command adds to a migration. */
export function findAddedConflicts(
  stores: Stores,
  migrationId: string,
  users: readonly RequestedUser[],
): Promise<LedgerConflict | undefined> {
  return conflictOf(stores, migrationId, userLookUps(users, false));
}

function userLookUps(users: readonly RequestedUser[], includesMoved: boolean): LookUp[] {
  return users.map((user, index) => ({
    key: ledgerKey({ taskId: user.targetUserId, parameters: null }),
    path: `users[${String(index)}]`,
    moveAgain: includesMoved || ('moveAgain' in user && user.moveAgain === true),
  }));
}

async function conflictOf(
  stores: Stores,
  migrationId: string,
  lookUps: readonly LookUp[],
): Promise<LedgerConflict | undefined> {
  if (lookUps.length > maxLookUps) return undefined;
  const entries = await stores.users.find(lookUps.map(({ key }) => key));
  const found = lookUps.flatMap(({ key, path, moveAgain }) => {
    const entry = entries.get(key);
    if (
      entry === undefined ||
      entry.migrationId === migrationId ||
      (entry.state === 'moved' && moveAgain)
    )
      return [];
    return [{ path, entry }];
  });
  if (found.length === 0) return undefined;
  const underWay = found.filter(({ entry }) => entry.state === 'reserved');
  const moved = found.filter(({ entry }) => entry.state === 'moved');
  const parts = [
    ...(underWay.length === 0 ? [] : [`${countText(underWay)} in progress`]),
    ...(moved.length === 0 ? [] : [`${countText(moved)} already migrated`]),
  ];
  return {
    code: underWay.length > 0 ? 'userUnderWay' : 'userMoved',
    detail: `${parts.join('; ')}; remove these entries, or send the request with "onConflict": "leaveOut"`,
    errors: boundedFields(found.map(({ path, entry }) => ({ path, message: messageOf(entry) }))),
  };
}

function messageOf({ migrationId, state }: LedgerEntry): string {
  return state === 'moved'
    ? `was already migrated by migration ${migrationId}; send moveAgain to migrate it again`
    : `is already in migration ${migrationId}`;
}

/** Returns the number of entries and the migrations that have them. */
function countText(found: readonly { readonly entry: LedgerEntry }[]): string {
  const others = [...new Set(found.map(({ entry }) => entry.migrationId))];
  const named = `${others.slice(0, maxNamedMigrations).join(', ')}${others.length > maxNamedMigrations ? ', …' : ''}`;
  return `${String(found.length)} in ${others.length === 1 ? 'migration' : 'migrations'} ${named}`;
}
