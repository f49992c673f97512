import type { BatchPhase } from '../../shared/contracts/phase.ts';
import type { Task } from '../../shared/contracts/task.ts';

/** How far the users of a batch are within its phase. */
export interface BatchProgress {
  readonly done: number;
  readonly total: number;
}

const inSync = ['synced', 'finalizing', 'completed', 'failed'];
const ended = ['completed', 'failed', 'cancelled'];

/**
 * Of the users that a batch moves, those whose mailbox is in sync (while it syncs) or whose workloads have all ended (while
 * it cuts over), as the app's last look at the job found them; undefined in the other phases.
 */
export function batchProgress(
  phase: BatchPhase,
  tasks: readonly Task[],
): BatchProgress | undefined {
  const moving = tasks.filter(({ outcome }) => outcome === null);
  if ((phase !== 'syncing' && phase !== 'cuttingOver') || moving.length === 0) return undefined;
  const isDone = phase === 'syncing' ? isInSync : hasEnded;
  return { done: moving.filter(isDone).length, total: moving.length };
}

function isInSync({ services }: Task): boolean {
  return services.some(({ service, status }) => service === 'Exchange' && inSync.includes(status));
}

function hasEnded({ services }: Task): boolean {
  return services.length > 0 && services.every(({ status }) => ended.includes(status));
}
