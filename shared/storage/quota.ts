import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import { optimisticWrite, writeConflict } from './concurrentWrites.ts';
import { type Key, type Row, toRow } from './encoding.ts';
import { allRows } from './pages.ts';
import { changeAction, findRow, sharedRows } from './table.ts';

/** A holder of quota: a SharePoint task, or a whole batch if `taskId` is null. */
export interface QuotaHolder {
  readonly migrationId: string;
  readonly batchId: string;
  readonly taskId: string | null;
}

/**
 * The quota of queued OneDrive and SharePoint moves, across all migrations. Microsoft limits them
 * per source tenant.
 */
export interface QuotaStore {
  /**
   * Reserves the amount if the total stays within `limit`. Returns the quota of the holder, which
   * an earlier call may have reserved; undefined if the limit is reached. A holder with an amount
   * of 0 is blocked: it never gets quota.
   */
  hold(holder: QuotaHolder, amount: number, limit: number): Promise<number | undefined>;
  /** Returns the quota of a holder; undefined if it has none. */
  find(holder: QuotaHolder): Promise<number | undefined>;
  /** Releases the quota of a holder. Does nothing if it has none. */
  release(holder: QuotaHolder): Promise<void>;
  /** Releases the quota of a batch and its tasks. */
  releaseBatch(migrationId: string, batchId: string): Promise<void>;
  /** Returns the total of all holders. */
  count(): Promise<number>;
}

const partitionKey = 'quota';
const totalKey: Key = { partitionKey, rowKey: 'count' };

const batchPrefix = ({
  migrationId,
  batchId,
}: Pick<QuotaHolder, 'migrationId' | 'batchId'>): string => `held.${migrationId}.${batchId}.`;
const heldKey = (holder: QuotaHolder): Key => ({
  partitionKey,
  rowKey: `${batchPrefix(holder)}${holder.taskId ?? ''}`,
});
const amountOf = (row: Row): number => z.int().min(0).parse(row['amount']);

/**
 * Creates the quota store in the table `quota`: a row for each holder and a row with the total, in
 * one partition, so that one transaction changes both and a crash never leaves them inconsistent.
 */
export function quotaTable(table: TableClient): QuotaStore {
  // Only the total is cached.
  const rows = sharedRows(table, 1);
  const totalIn = (row: Row | undefined): number => (row === undefined ? 0 : amountOf(row));
  // Serializes the callers of this process: otherwise they would conflict with each other.
  let queue: Promise<unknown> = Promise.resolve();
  const change = <Result>(
    tryOnce: () => Promise<Result | typeof writeConflict>,
  ): Promise<Result> => {
    const own = queue.then(() => optimisticWrite('the total of the quota', tryOnce));
    queue = own.catch(() => undefined);
    return own;
  };
  /**
   * Writes the row of a holder and the total in one transaction. Returns false if another writer
   * changed one of them first.
   */
  const write = (
    holder: TransactionAction,
    total: Row | undefined,
    amount: number,
  ): Promise<boolean> => rows.submit([changeAction(totalKey, total, { amount })], [holder]);
  /** Releases a holder. `seen` is its row if the caller has read it. */
  const release = (key: Key, seen?: Row): Promise<null> => {
    let first = seen;
    return change(async () => {
      const [held, total] = await Promise.all([
        first ?? findRow(table, key),
        rows.assumed(totalKey) ?? rows.find(totalKey),
      ]);
      first = undefined;
      if (held === undefined) return null;
      const remaining = Math.max(0, totalIn(total) - amountOf(held));
      return (await write(['delete', { ...key }], total, remaining)) ? null : writeConflict;
    });
  };
  return {
    hold: (holder, amount, limit) =>
      change(async () => {
        const key = heldKey(holder);
        const cached = rows.assumed(totalKey);
        const [held, found] = await Promise.all([
          findRow(table, key),
          cached ?? rows.find(totalKey),
        ]);
        if (held !== undefined) return amountOf(held);
        const fits = (total: Row | undefined): boolean =>
          amount === 0 || totalIn(total) + amount <= limit;
        // The cached total may be outdated: another instance may have released quota.
        const total = cached === undefined || fits(cached) ? found : await rows.find(totalKey);
        if (!fits(total)) return undefined;
        const taken = totalIn(total) + amount;
        return (await write(['create', toRow(key, { ...holder, amount })], total, taken))
          ? amount
          : writeConflict;
      }),
    async find(holder) {
      const held = await findRow(table, heldKey(holder));
      return held === undefined ? undefined : amountOf(held);
    },
    async release(holder) {
      await release(heldKey(holder));
    },
    async releaseBatch(migrationId, batchId) {
      const prefix = batchPrefix({ migrationId, batchId });
      const rows = await allRows(
        table,
        odata`PartitionKey eq ${partitionKey} and RowKey ge ${prefix} and RowKey lt ${`${prefix.slice(0, -1)}/`}`,
      );
      for (const row of rows)
        await release({ partitionKey, rowKey: z.string().parse(row['rowKey']) }, row);
    },
    async count() {
      return totalIn(await findRow(table, totalKey));
    },
  };
}
