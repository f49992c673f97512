import type { BatchRef } from '../../shared/contracts/activities.ts';
import type { Task } from '../../shared/contracts/task.ts';
import { ledgerKey } from '../../shared/domain/ledgerKey.ts';
import { withJobEntry } from '../../shared/domain/taskOutcome.ts';
import type { LedgerEntry } from '../../shared/storage/stores.ts';
import type { ActivityServices } from './activityServices.ts';
import { storedBatch, storedMigration } from './storedRows.ts';

/** A task whose user another migration has, or has moved: it is invalid here. */
export function elsewhere(task: Task, { migrationId, state, at }: LedgerEntry, updatedAt: string): Task {
  const code = state === 'moved' ? 'movedAlready' : 'underWayElsewhere';
  const message = state === 'moved' ? `migration ${migrationId} has moved the user (${at})` : `migration ${migrationId} has the user since ${at}`;
  return { ...task, outcome: 'invalid', services: withJobEntry(task.services, { status: 'invalid', message, errors: [{ code, message }] }), updatedAt };
}

/** Reserves users of a batch for its present run; those whom another migration has, or has moved, come back as tasks that are invalid. */
export async function reserveAgain({ migrationId, batchId }: BatchRef, tasks: readonly Task[], updatedAt: string, { stores }: ActivityServices): Promise<{ readonly held: readonly Task[]; readonly elsewhere: readonly Task[] }> {
  const { validateOnly } = await storedMigration(stores, migrationId);
  if (validateOnly || tasks.length === 0) return { held: tasks, elsewhere: [] };
  const { run } = await storedBatch(stores, migrationId, batchId);
  const conflicts = await stores.users.reserve({ migrationId, batchId, run }, tasks.map((task) => ({ key: ledgerKey(task), moveAgain: false })), updatedAt);
  const held: Task[] = [];
  const lost: Task[] = [];
  for (const task of tasks) {
    const entry = conflicts.get(ledgerKey(task));
    if (entry === undefined) held.push(task);
    else lost.push(elsewhere(task, entry, updatedAt));
  }
  return { held, elsewhere: lost };
}
