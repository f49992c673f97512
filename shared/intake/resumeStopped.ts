import type { Batch, Migration } from '../contracts/migration.ts';
import { isFinalPhase } from '../domain/finalPhase.ts';
import { batchInstanceId, roundInstanceId } from '../domain/instanceIds.ts';
import type { Stores } from '../storage/stores.ts';

/** How an orchestration stands: `alive` also when it waits or is suspended. */
export type InstanceState = 'alive' | 'ended' | 'missing';

export interface ResumeServices {
  readonly stores: Stores;
  readonly nowMs: () => number;
  readonly statusOf: (instanceId: string) => Promise<InstanceState>;
  /** Starts the orchestration of a migration (`round` null) or of a round anew; it looks every batch up before it starts it. */
  readonly resume: (migrationId: string, round: string | null) => Promise<void>;
}

// A start that is under way is given time to show.
const graceMs = 120_000;

/**
 * Starts the orchestrations of a migration again that have ended, or are missing, although the migration has not ended. While an orchestration of
 * one of its batches runs on by itself, nothing is started: a later sweep does that. Returns how many were started.
 */
export async function resumeStopped(
  { id, updatedAt }: Pick<Migration, 'id' | 'updatedAt'>,
  { stores, nowMs, statusOf, resume }: ResumeServices,
): Promise<number> {
  if (nowMs() - Date.parse(updatedAt) <= graceMs) return 0;
  const isAlive = async (instanceId: string): Promise<boolean> =>
    (await statusOf(instanceId)) === 'alive';
  const rootOf = (round: string | null): string =>
    round === null ? id : roundInstanceId(id, round);
  const batches = await stores.batches.list(id);
  const open = batches.filter(({ finishedAt }) => finishedAt === null);
  // Without an open batch only the summary is missing, which the round that ends last writes.
  const stopped =
    open.length > 0
      ? await stoppedRounds(open, rootOf, isAlive)
      : (await noneAlive(roundsOf(batches).map(rootOf), isAlive))
        ? [null]
        : [];
  if (stopped.length === 0) return 0;
  const now = await stores.migrations.get(id);
  // It may have ended while it was looked at.
  if (now === undefined || isFinalPhase(now.phase)) return 0;
  for (const round of stopped) await resume(id, round);
  return stopped.length;
}

async function stoppedRounds(
  open: readonly Batch[],
  rootOf: (round: string | null) => string,
  isAlive: (instanceId: string) => Promise<boolean>,
): Promise<readonly (string | null)[]> {
  const stopped: (string | null)[] = [];
  for (const round of new Set(open.map((batch) => batch.round))) {
    if (await isAlive(rootOf(round))) continue;
    const own = open
      .filter((batch) => batch.round === round)
      .map(({ migrationId, batchId, run, restarts }) =>
        batchInstanceId(migrationId, batchId, run, restarts),
      );
    if (await noneAlive(own, isAlive)) stopped.push(round);
  }
  return stopped;
}

function roundsOf(batches: readonly Batch[]): readonly (string | null)[] {
  return [...new Set([null, ...batches.map(({ round }) => round)])];
}

async function noneAlive(
  instanceIds: readonly string[],
  isAlive: (instanceId: string) => Promise<boolean>,
): Promise<boolean> {
  for (const instanceId of instanceIds) if (await isAlive(instanceId)) return false;
  return true;
}
