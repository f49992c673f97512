import { z } from 'zod';

/** An Entra object or tenant id, in lower case. `z.uuid()` would reject valid Microsoft GUIDs. */
export const guidSchema = z.guid('must be a GUID').toLowerCase();

/** The id of a migration. It is safe in URLs, row keys and Durable instance ids. */
export const migrationIdSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,63}$/,
    'must be the id of a migration: lower-case letters, digits and hyphens',
  );

/** The id of a batch within its migration: `b001`, `b002`, … */
export const batchIdSchema = z
  .string()
  .regex(/^b\d{3,5}$/, 'must be the id of a batch, such as b001');

/**
 * Returns the instance id of a lane. Instance ids are derived, so that a second start finds the
 * first, and match `^[a-z0-9-]{1,100}$`, so that they are safe in URLs. `sinceMs`: when the lane
 * was restarted, in epoch milliseconds, or null for the first start.
 */
export function laneInstanceId(
  rootId: string,
  lane: number,
  sinceMs: number | null = null,
): string {
  return `${rootId}-l${String(lane).padStart(3, '0')}${restartSuffix(sinceMs)}`;
}

/** Returns the instance id of a deletion of jobs. */
export function deletionInstanceId(rootId: string, sinceMs: number | null = null): string {
  return `${rootId}-d${restartSuffix(sinceMs)}`;
}

/** Returns the instance id of the run that a command starts beside the migration. */
export function runInstanceId(migrationId: string, runCommandId: string): string {
  return `${migrationId}-${runCommandId}`;
}

/**
 * Returns the instance id of a batch. `run` and `restarts` make it unique for each orchestration of
 * the batch.
 */
export function batchInstanceId(
  migrationId: string,
  batchId: string,
  run: number,
  restarts = 0,
): string {
  return `${migrationId}-${batchId}${run === 1 ? '' : `-r${String(run)}`}${restarts === 0 ? '' : `-x${String(restarts)}`}`;
}

/** Returns the instance id of a checkpoint. `checkpoint` counts the checkpoints of the batch. */
export function checkpointInstanceId(
  migrationId: string,
  batchId: string,
  checkpoint: number,
): string {
  return `${migrationId}-${batchId}-g${String(checkpoint)}`;
}

/** Returns the instance id of a watch. `watch` counts the watches of the batch. */
export function watchInstanceId(migrationId: string, batchId: string, watch: number): string {
  return `${migrationId}-${batchId}-w${String(watch)}`;
}

/**
 * Returns the instance id of a SharePoint task. `number` is the task's index in its batch; `begin`
 * counts the restarts from 0.
 */
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

/**
 * Returns the instance id of an operation that `callerId` repeats since `sinceMs`, in epoch
 * milliseconds.
 */
export function operationInstanceId(callerId: string, sinceMs: number): string {
  return `${callerId}-e${String(sinceMs)}`;
}

/**
 * Returns the instance id of the identity mappings of a migration. `begin` counts the restarts from
 * 0.
 */
export function mappingsInstanceId(migrationId: string, begin = 0): string {
  return `${migrationId}-mappings${begin === 0 ? '' : `-s${String(begin)}`}`;
}

// A restarted orchestration needs a new id: the sub-orchestrations of the one that was stopped may
// still run.
function restartSuffix(sinceMs: number | null): string {
  return sinceMs === null ? '' : `-x${sinceMs.toString(36)}`;
}

/**
 * Returns the id of a migration: its name in readable form, and the start of the hash of the
 * caller's key.
 */
export function migrationIdFor(name: string, keyHash: string): string {
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40);
  return `${slug}-${keyHash.slice(0, 10)}`;
}

/** Returns the id of the batch at `index`, counted from 0: `b001`, `b002`, … */
export function batchIdAt(index: number): string {
  return `b${String(index + 1).padStart(3, '0')}`;
}

/** Splits users into batches of at most `batchSize` and preserves their order. */
export function splitIntoBatches<User>(
  users: readonly User[],
  batchSize: number,
): readonly { readonly batchId: string; readonly users: readonly User[] }[] {
  const batches = [];
  for (let start = 0; start < users.length; start += batchSize) {
    batches.push({
      batchId: batchIdAt(batches.length),
      users: users.slice(start, start + batchSize),
    });
  }
  return batches;
}
