/** Instance ids of the orchestrations: derived, so that a second start meets the first, and safe in URLs as they are. */
export function laneInstanceId(migrationId: string, lane: number): string {
  return `${migrationId}-l${String(lane).padStart(3, '0')}`;
}

export function batchInstanceId(migrationId: string, batchId: string): string {
  return `${migrationId}-${batchId}`;
}

/** `gate` counts the waits of one batch: an id is never used twice. */
export function gateInstanceId(migrationId: string, batchId: string, gate: number): string {
  return `${migrationId}-${batchId}-g${String(gate)}`;
}

/** `watch` counts the watches of one batch: an id is never used twice. */
export function watchInstanceId(migrationId: string, batchId: string, watch: number): string {
  return `${migrationId}-${batchId}-w${String(watch)}`;
}
