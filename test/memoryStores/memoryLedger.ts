import type { LedgerEntry, LedgerHolder, UserLedger } from '../../shared/storage/stores.ts';

interface Kept {
  readonly entry: LedgerEntry;
  /** Of a user who is moved again: the entry of the time before. */
  readonly movedBefore: LedgerEntry | undefined;
}

/** The ledger of users in memory. */
export function memoryLedger(): UserLedger {
  const entries = new Map<string, Kept>();
  const runs = new Map<string, number>();
  const idOf = ({ migrationId, batchId }: LedgerHolder): string => `${migrationId} ${batchId}`;
  /** False for what an earlier run than the last one does. */
  const isLastRun = (holder: LedgerHolder): boolean => holder.run >= (runs.get(idOf(holder)) ?? 0);
  return {
    reserve: (holder, users, at) => {
      const isLast = isLastRun(holder);
      if (isLast) runs.set(idOf(holder), holder.run);
      const { migrationId, batchId } = holder;
      const conflicts = new Map<string, LedgerEntry>();
      for (const [key, { moveAgain }] of new Map(users.map((user) => [user.key, user]))) {
        const kept = entries.get(key);
        const isOwn = kept?.entry.state === 'reserved' && kept.entry.migrationId === migrationId;
        const isFree = kept === undefined || isOwn || (kept.entry.state === 'moved' && moveAgain);
        if (!isFree) conflicts.set(key, kept.entry);
        else if (isLast && !(isOwn && kept.entry.batchId === batchId)) {
          entries.set(key, {
            entry: { migrationId, batchId, state: 'reserved', at },
            movedBefore: isOwn ? kept.movedBefore : kept?.entry,
          });
        }
      }
      return Promise.resolve(conflicts);
    },
    release: (holder, users, at) => {
      if (!isLastRun(holder)) return Promise.resolve();
      const { migrationId, batchId } = holder;
      for (const { key, isMoved } of users) {
        const kept = entries.get(key);
        if (
          kept?.entry.state !== 'reserved' ||
          kept.entry.migrationId !== migrationId ||
          kept.entry.batchId !== batchId
        )
          continue;
        runs.set(idOf(holder), holder.run);
        if (isMoved)
          entries.set(key, {
            entry: { ...kept.entry, state: 'moved', at },
            movedBefore: undefined,
          });
        else if (kept.movedBefore === undefined) entries.delete(key);
        else entries.set(key, { entry: kept.movedBefore, movedBefore: undefined });
      }
      return Promise.resolve();
    },
    find: (keys) =>
      Promise.resolve(
        new Map(
          keys.flatMap((key) => {
            const kept = entries.get(key);
            return kept === undefined ? [] : [[key, kept.entry]];
          }),
        ),
      ),
  };
}
