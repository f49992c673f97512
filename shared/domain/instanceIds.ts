/** Instance ids of the orchestrations: derived, so that a second start meets the first, and safe in URLs as they are. */
export function laneInstanceId(rootId: string, lane: number): string {
  return `${rootId}-l${String(lane).padStart(3, '0')}`;
}

export function deletionInstanceId(rootId: string): string {
  return `${rootId}-d`;
}

/** What a command adds to a migration runs beside it, under an id of its own. */
export function roundInstanceId(migrationId: string, round: string): string {
  return `${migrationId}-${round}`;
}

export function batchInstanceId(migrationId: string, batchId: string, run: number): string {
  return `${migrationId}-${batchId}${run === 1 ? '' : `-r${String(run)}`}`;
}

/** `gate` counts the waits of one batch: an id is never used twice. */
export function gateInstanceId(migrationId: string, batchId: string, gate: number): string {
  return `${migrationId}-${batchId}-g${String(gate)}`;
}

/** `watch` counts the watches of one batch: an id is never used twice. */
export function watchInstanceId(migrationId: string, batchId: string, watch: number): string {
  return `${migrationId}-${batchId}-w${String(watch)}`;
}

/** `number` is the task's place in its batch; validation, move and every retry have an id of their own. */
export function moveInstanceId(migrationId: string, batchId: string, { stage, number, run }: { readonly stage: 'validate' | 'move'; readonly number: number; readonly run: number }): string {
  return `${migrationId}-${batchId}-${stage === 'move' ? 't' : 'v'}${String(number)}${run === 1 ? '' : `-r${String(run)}`}`;
}

/** What is tried again and again beside the orchestration that asks for it, since `sinceMs` (epoch milliseconds). */
export function errandInstanceId(askerId: string, sinceMs: number): string {
  return `${askerId}-e${String(sinceMs)}`;
}

export function mappingsInstanceId(migrationId: string): string {
  return `${migrationId}-mappings`;
}
