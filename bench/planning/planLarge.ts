import { planMigration } from '../../orchestrations/migration/plan.ts';
import type { Batch } from '../../shared/contracts/migration.ts';
import { acceptRequest } from '../../shared/intake/acceptRequest.ts';
import type { Stores } from '../../shared/storage/stores.ts';
import { createMemoryStores } from '../../test/memoryStores/memoryStores.ts';
import { largeRequest, targetTenantId } from './largeRequest.ts';
import { worldServices } from './worldServices.ts';

const nowMs = Date.parse('2026-11-20T08:00:00Z');
const batchSize = 100;

/** How a large request was taken. The stores count what they are given and keep no rows of users. */
export interface LargePlan {
  readonly acceptMs: number;
  readonly planMs: number;
  readonly batches: readonly Batch[];
  readonly taskRows: number;
  readonly largestWrite: number;
  /** What the orchestration is handed, as JSON. */
  readonly resultBytes: number;
}

/** Accepts a request for so many users and plans it, as the app does. */
export async function planLarge(users: number): Promise<LargePlan> {
  let taskRows = 0;
  let largestWrite = 0;
  const batches: Batch[] = [];
  const memory = createMemoryStores();
  const stores: Stores = {
    ...memory,
    tasks: {
      ...memory.tasks,
      insertMissing: (tasks) => {
        taskRows += tasks.length;
        largestWrite = Math.max(largestWrite, tasks.length);
        return Promise.resolve(true);
      },
      insertTaskIndex: () => Promise.resolve(),
    },
    users: { ...memory.users, reserve: () => Promise.resolve(new Map()) },
    batches: {
      ...memory.batches,
      insertMissing: (added) => {
        batches.push(...added);
        return Promise.resolve();
      },
    },
  };
  const body = largeRequest('large', users);
  const startMs = performance.now();
  const acceptance = await acceptRequest(body, undefined, {
    stores,
    nowMs: () => nowMs,
    targetTenantId,
    batchSize,
    start: () => Promise.resolve(),
  });
  const acceptMs = performance.now() - startMs;
  if (acceptance.kind !== 'accepted') throw new Error(JSON.stringify(acceptance));
  const services = { ...(await worldServices()), stores };
  const planStartMs = performance.now();
  const result = await planMigration({ migrationId: acceptance.migration.id }, services);
  return {
    acceptMs,
    planMs: performance.now() - planStartMs,
    batches,
    taskRows,
    largestWrite,
    resultBytes: Buffer.byteLength(JSON.stringify(result)),
  };
}
