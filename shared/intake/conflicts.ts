import type { ProblemField } from '../contracts/problem.ts';
import type { MigrationRequest, RequestedUser } from '../contracts/request.ts';
import { isOnlyValidated, ledgerKey } from '../domain/ids.ts';
import { boundedFields } from '../http/problems.ts';
import { sharePointTaskId } from '../storage/encoding.ts';
import type { LedgerEntry } from '../storage/globalStores.ts';
import type { Stores } from '../storage/stores.ts';

/** Users or sources that another migration has or has moved (409). */
export interface LedgerConflict {
  readonly code: 'userUnderWay' | 'userMoved';
  readonly detail: string;
  readonly errors: readonly ProblemField[];
}

/** One user or source as a caller named it. */
interface LookUp {
  readonly key: string;
  readonly path: string;
  readonly moveAgain: boolean;
}

// Above that, planning says it: a look-up each would keep the caller waiting.
const maxLookUps = 5_000;
const maxNamedMigrations = 5;

/** What stands in the way of a request in the ledger; undefined when nothing does, or when the request asks for no advice. */
export async function findConflicts(
  stores: Stores,
  migrationId: string,
  request: MigrationRequest,
): Promise<LedgerConflict | undefined> {
  if (request.validateOnly || request.onConflict === 'leaveOut') return undefined;
  if (request.kind === 'users')
    return conflictOf(stores, migrationId, wantedUsers(request.users, request.moveAgain));
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

/** The same for users who are added to a migration. */
export function findAddedConflicts(
  stores: Stores,
  migrationId: string,
  users: readonly RequestedUser[],
): Promise<LedgerConflict | undefined> {
  return conflictOf(stores, migrationId, wantedUsers(users, false));
}

function wantedUsers(users: readonly RequestedUser[], everybody: boolean): LookUp[] {
  return users.map((user, index) => ({
    key: ledgerKey({ taskId: user.targetUserId, parameters: null }),
    path: `users[${String(index)}]`,
    moveAgain: everybody || ('moveAgain' in user && user.moveAgain === true),
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
    ...(underWay.length === 0 ? [] : [`${countedBy(underWay)} under way`]),
    ...(moved.length === 0 ? [] : [`${countedBy(moved)} moved already`]),
  ];
  return {
    code: underWay.length > 0 ? 'userUnderWay' : 'userMoved',
    detail: `${parts.join('; ')}; leave them out, or send the request with "onConflict": "leaveOut"`,
    errors: boundedFields(found.map(({ path, entry }) => ({ path, message: messageOf(entry) }))),
  };
}

function messageOf({ migrationId, state }: LedgerEntry): string {
  return state === 'moved'
    ? `was moved by migration ${migrationId}; say moveAgain to move it once more`
    : `is in migration ${migrationId}`;
}

/** How many there are, and by which migrations. */
function countedBy(found: readonly { readonly entry: LedgerEntry }[]): string {
  const others = [...new Set(found.map(({ entry }) => entry.migrationId))];
  const named = `${others.slice(0, maxNamedMigrations).join(', ')}${others.length > maxNamedMigrations ? ', …' : ''}`;
  return `${String(found.length)} in ${others.length === 1 ? 'migration' : 'migrations'} ${named}`;
}
