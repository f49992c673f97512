import { z } from 'zod';
import { commandBodySchema } from '../../shared/contracts/command.ts';
import {
  type RequestedUser,
  requestedUserSchema,
  usersRequestSchema,
} from '../../shared/contracts/request.ts';
import { findAddedConflicts } from '../../shared/intake/newMigration.ts';
import { inParallel } from '../../shared/storage/calls.ts';
import type { Stores } from '../../shared/storage/stores.ts';
import type { CommandDefinition } from './commandDefinition.ts';

/** Starts a run that adds users to a migration. */
export const addTasks: CommandDefinition = {
  route: {
    name: 'addMigrationTasks',
    path: 'tasks',
    summary: 'Add users to a running migration',
    problems: ['alreadyDecided', 'taskExists', 'userUnderWay', 'userMoved'],
  },
  role: 'Migrations.Submit',
  appliesTo: ['users'],
  // A person who adds users cannot approve their cutover.
  needsName: ({ approvalHours }) => approvalHours !== null,
  body: z
    .strictObject({
      ...commandBodySchema.shape,
      users: z.array(requestedUserSchema).min(1, 'must name at least one user').max(1_000),
      /** What happens if a user is in another migration or was already moved, as in a request. */
      onConflict: usersRequestSchema.shape.onConflict,
    })
    .meta({ id: 'AddTasksBody', description: 'The users to add.' }),
  run: 'addsBatches',
  async accept({ migration, command, request, commandLog }, { stores }) {
    const { users, onConflict = 'refuse' } = request;
    const verdict = commandLog.approvals.findLast(({ decision }) => decision !== undefined)
      ?.decision?.verdict;
    if (verdict !== undefined && verdict !== 'approved') {
      return {
        kind: 'conflict',
        code: 'alreadyDecided',
        detail: `the cutover was ${verdict === 'rejected' ? 'rejected' : 'not approved in time'}; send these users in a new migration request`,
      };
    }
    const existing = await knownUsers(stores, migration.id, users);
    if (existing.length > 0)
      return {
        kind: 'conflict',
        code: 'taskExists',
        detail: `these users are already in the migration: ${existing.slice(0, 10).join(', ')}${existing.length > 10 ? ', …' : ''}; send the command without them`,
      };
    const conflicts =
      migration.validateOnly || onConflict === 'leaveOut'
        ? undefined
        : await findAddedConflicts(stores, migration.id, users);
    if (conflicts !== undefined) return { kind: 'conflict', ...conflicts };
    await stores.requests.saveAdded(migration.id, command.commandId, users);
    return { kind: 'save', command: { ...command, targets: [] } };
  },
};

const parallelLookups = 16;

/**
 * Returns the ids of those users who are already in the migration, including users whose tasks are
 * not planned yet.
 */
export async function knownUsers(
  stores: Stores,
  migrationId: string,
  users: readonly RequestedUser[],
): Promise<string[]> {
  const request = await stores.requests.load(migrationId);
  const requested = new Set(
    request.kind === 'users' ? request.users.map(({ targetUserId }) => targetUserId) : [],
  );
  const ids = users.map(({ targetUserId }) => targetUserId);
  const isKnown = await inParallel(
    parallelLookups,
    ids,
    async (id) => requested.has(id) || (await stores.tasks.find(migrationId, id)) !== undefined,
  );
  return ids.filter((_, index) => isKnown[index]);
}
