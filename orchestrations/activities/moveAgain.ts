import type { MigrationRequest } from '../../shared/contracts/migrationRequest.ts';
import type { Stores } from '../../shared/storage/stores.ts';

/** Whether a request says of a task that it is to be moved although a migration has moved it before. */
export function moveAgainIn(request: MigrationRequest): (taskId: string) => boolean {
  if (request.moveAgain) return () => true;
  const again = new Set(request.kind === 'users' ? movedAgain(request.users) : []);
  return (taskId) => again.has(taskId);
}

/** The same for a migration with all that commands have added to it. */
export async function moveAgainOf(
  stores: Stores,
  migrationId: string,
): Promise<(taskId: string) => boolean> {
  const inRequest = moveAgainIn(await stores.requests.load(migrationId));
  const again = new Set<string>();
  for (const { kind, commandId } of (await stores.commands.book(migrationId)).commands) {
    if (kind === 'addTasks')
      for (const id of movedAgain(await stores.requests.loadAdded(migrationId, commandId)))
        again.add(id);
  }
  return (taskId) => inRequest(taskId) || again.has(taskId);
}

/** The ids of the users of whom it is said. */
export function movedAgain(
  users: readonly { readonly targetUserId: string; readonly moveAgain?: boolean | undefined }[],
): string[] {
  return users.flatMap(({ targetUserId, moveAgain = false }) => (moveAgain ? [targetUserId] : []));
}
