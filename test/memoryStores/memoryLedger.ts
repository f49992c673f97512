import type { LedgerEntry, LedgerHolder } from '../../shared/storage/ledgerRows.ts';
import type { UserLedger } from '../../shared/storage/ledger.ts';

interface StoredEntry {
  readonly entry: LedgerEntry;
  /** For a user who is migrated again: the earlier entry. */
  readonly movedBefore: LedgerEntry | undefined;
}

/** Creates the ledger in memory. */
export function memoryLedger(): UserLedger {
  const entries = new Map<string, StoredEntry>();
  const runs = new Map<string, number>();
  const idOf = ({ migrationId, batchId }: LedgerHolder): string => `${migrationId} ${batchId}`;
  /** Returns false for calls of an earlier run than the latest one. */
  const isLastRun = (holder: LedgerHolder): boolean => holder.run >= (runs.get(idOf(holder)) ?? 0);
  return {
    reserve: (holder, users, at) => {
      const isLast = isLastRun(holder);
      if (isLast) runs.set(idOf(holder), holder.run);
      const { migrationId, batchId } = holder;
      const conflicts = new Map<string, LedgerEntry>();
      for (const [key, { moveAgain }] of new Map(users.map((user) => [user.key, user]))) {
        const stored = entries.get(key);
        const isOwn =
          stored?.entry.state === 'reserved' && stored.entry.migrationId === migrationId;
        const isFree =
          stored === undefined || isOwn || (stored.entry.state === 'moved' && moveAgain);
        if (!isFree) conflicts.set(key, stored.entry);
        else if (isLast && !(isOwn && stored.entry.batchId === batchId)) {
          entries.set(key, {
            entry: { migrationId, batchId, state: 'reserved', at },
            movedBefore: isOwn ? stored.movedBefore : stored?.entry,
          });
        }
      }
      return Promise.resolve(conflicts);
    },
    release: (holder, users, at) => {
      if (!isLastRun(holder)) return Promise.resolve();
      const { migrationId, batchId } = holder;
      for (const { key, isMoved } of users) {
        const stored = entries.get(key);
        if (
          stored?.entry.state !== 'reserved' ||
          stored.entry.migrationId !== migrationId ||
          stored.entry.batchId !== batchId
        )
          continue;
        runs.set(idOf(holder), holder.run);
        if (isMoved)
          entries.set(key, {
            entry: { ...stored.entry, state: 'moved', at },
            movedBefore: undefined,
          });
        else if (stored.movedBefore === undefined) entries.delete(key);
        else entries.set(key, { entry: stored.movedBefore, movedBefore: undefined });
      }
      return Promise.resolve();
    },
    find: (keys) =>
      Promise.resolve(
        new Map(
          keys.flatMap((key) => {
            const stored = entries.get(key);
            return stored === undefined ? [] : [[key, stored.entry]];
          }),
        ),
      ),
  };
}
