import type { Task } from '../contracts/task.ts';

/**
 * Instance ids of the orchestrations: derived, so that a second start meets the first, and safe in URLs as they are. `sinceMs`: when a lane is started
 * anew (epoch milliseconds), null for the first time.
 */
export function laneInstanceId(
  rootId: string,
  lane: number,
  sinceMs: number | null = null,
): string {
  return `${rootId}-l${String(lane).padStart(3, '0')}${again(sinceMs)}`;
}

export function deletionInstanceId(rootId: string, sinceMs: number | null = null): string {
  return `${rootId}-d${again(sinceMs)}`;
}

/** What a command adds to a migration runs beside it, under an id of its own. */
export function runInstanceId(migrationId: string, runCommandId: string): string {
  return `${migrationId}-${runCommandId}`;
}

/** `restarts` counts the orchestrations of the batch that were replaced: an id is never used twice. */
export function batchInstanceId(
  migrationId: string,
  batchId: string,
  run: number,
  restarts = 0,
): string {
  return `${migrationId}-${batchId}${run === 1 ? '' : `-r${String(run)}`}${restarts === 0 ? '' : `-x${String(restarts)}`}`;
}

/** `checkpoint` counts the waits of one batch: an id is never used twice. */
export function checkpointInstanceId(
  migrationId: string,
  batchId: string,
  checkpoint: number,
): string {
  return `${migrationId}-${batchId}-g${String(checkpoint)}`;
}

/** `watch` counts the watches of one batch: an id is never used twice. */
export function watchInstanceId(migrationId: string, batchId: string, watch: number): string {
  return `${migrationId}-${batchId}-w${String(watch)}`;
}

/** `number` is the task's place in its batch; validation, move, every retry and every restart (`begin` counts them from 0) have an id of their own. */
export function sharePointTaskInstanceId(
  migrationId: string,
  batchId: string,
  {
    stage,
    number,
    run,
    begin = 0,
  }: {
    readonly stage: 'validate' | 'migrate';
    readonly number: number;
    readonly run: number;
    readonly begin?: number;
  },
): string {
  return `${migrationId}-${batchId}-${stage === 'migrate' ? 't' : 'v'}${String(number)}${run === 1 ? '' : `-r${String(run)}`}${begin === 0 ? '' : `-s${String(begin)}`}`;
}

/** What is tried again and again beside the orchestration that asks for it, since `sinceMs` (epoch milliseconds). */
export function operationInstanceId(askerId: string, sinceMs: number): string {
  return `${askerId}-e${String(sinceMs)}`;
}

/** `begin` counts from 0 how often the writing was begun again. */
export function mappingsInstanceId(migrationId: string, begin = 0): string {
  return `${migrationId}-mappings${begin === 0 ? '' : `-s${String(begin)}`}`;
}

/** What is started anew at an instant (epoch milliseconds) has an id that was never used: one that was stopped may have left others running under the first id. */
function again(sinceMs: number | null): string {
  return sinceMs === null ? '' : `-x${sinceMs.toString(36)}`;
}

/** A migration's id: the name in readable form and the hash of the caller's key, so that the same key gives the same id. */
export function migrationIdFor(name: string, keyHash: string): string {
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40);
  return `${slug}-${keyHash.slice(0, 10)}`;
}

/** The key of a task in the ledger: of its target user, or of the source of a SharePoint task. */
export function ledgerKey({ taskId, parameters }: Pick<Task, 'taskId' | 'parameters'>): string {
  return `${parameters === null ? 'user' : 'source'}:${taskId}`;
}

/** Whether a SharePoint task says itself that it is only validated: it moves nothing, so its source is not reserved. */
export function isOnlyValidated({ parameters }: Pick<Task, 'parameters'>): boolean {
  return parameters?.validateOnly === true;
}
