import type { BatchRef } from '../../shared/contracts/activities.ts';
import type { Task } from '../../shared/contracts/task.ts';
import { ledgerKey } from '../../shared/domain/ledgerKey.ts';
import type { LedgerHolder } from '../../shared/storage/stores.ts';
import type { ActivityServices } from './activityServices.ts';
import { storedBatch } from './storedRows.ts';

/**
 * Writes tasks of a batch, and ends the reservations of those that have an outcome: who succeeded was moved, who has the outcome `unknown` stays
 * reserved, everybody else is free. May run again.
 */
export async function saveOutcomes({ migrationId, batchId }: BatchRef, after: readonly Task[], before: readonly Task[] | undefined, services: ActivityServices): Promise<void> {
  const { stores } = services;
  if (after.length === 0) return;
  await stores.tasks.save(after, before);
  const ended = after.filter(isKnown);
  if (ended.length === 0) return;
  const { run } = await storedBatch(stores, migrationId, batchId);
  await freeUsers({ migrationId, batchId, run }, ended, services);
}

/** Ends the reservations of tasks: who succeeded was moved, everybody else is free. What another migration holds stays as it is. */
export async function freeUsers(holder: LedgerHolder, tasks: readonly Task[], { stores, nowMs }: ActivityServices): Promise<void> {
  if (tasks.length > 0) await stores.users.release(holder, tasks.map((task) => ({ key: ledgerKey(task), isMoved: task.outcome === 'succeeded' })), new Date(nowMs()).toISOString());
}

/** Whether what has become of a task is on record. */
export function isKnown({ outcome }: Task): boolean {
  return outcome !== null && outcome !== 'unknown';
}
