import type { ProblemField } from '../contracts/problem.ts';
import type { MigrationRequest, RequestedUser } from '../contracts/request.ts';
import { isOnlyValidated, ledgerKey } from '../domain/ids.ts';
import { boundedFields } from '../http/problems.ts';
import { sharePointTaskId } from '../storage/encoding.ts';
import type { LedgerEntry } from '../storage/ledgerRows.ts';
import type { Stores } from '../storage/stores.ts';

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
