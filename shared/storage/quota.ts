import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import { optimisticWrite, writeConflict } from './concurrentWrites.ts';
import type { QuotaHolder, QuotaStore } from './globalStores.ts';
import {
  allRows,
  changedRow,
  etagOf,
  findRow,
  insertRow,
  isWriteConflict,
  type Key,
  type Row,
  toRow,
} from './table.ts';

const partitionKey = 'quota';
const countKey: Key = { partitionKey, rowKey: 'count' };

const batchPrefix = ({
  migrationId,
  batchId,
}: Pick<QuotaHolder, 'migrationId' | 'batchId'>): string => `held.${migrationId}.${batchId}.`;
const heldKey = (holder: QuotaHolder): Key => ({
  partitionKey,
  rowKey: `${batchPrefix(holder)}${holder.taskId ?? ''}`,
});
const amountOf = (row: Row): number => z.int().min(0).parse(row['amount']);

interface Total {
  readonly amount: number;
  readonly row: Row;
}

/**
 * Creates the quota store in the table `quota`: a row for each holder and a row with the total, in
 * one partition, so that one transaction changes both and a crash never leaves them inconsistent.
 */
export function quotaTable(table: TableClient): QuotaStore {
  const readTotal = async (): Promise<Total> => {
    let row = await findRow(table, countKey);
    if (row === undefined) {
      await insertRow(table, toRow(countKey, { amount: 0 }));
      row = await findRow(table, countKey);
    }
    if (row === undefined)
      throw new Error('the total of the quota was written but cannot be read back');
    return { amount: amountOf(row), row };
  };
  // The total as this process last wrote it. If another writer has changed it since, storage
  // rejects the transaction.
  let lastTotal: Total | undefined;
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
   * changed the total first.
   */
  const trySubmit = async (
    holder: TransactionAction,
    amount: number,
    { row }: Total,
  ): Promise<boolean> => {
    lastTotal = undefined;
    try {
      const changed = changedRow(row, { amount });
      const { subResponses } = await table.submitTransaction([
        holder,
        ['update', changed, 'Replace', { etag: etagOf(row) }],
      ]);
      const etag = subResponses[1]?.etag;
      if (etag !== undefined) lastTotal = { amount, row: { ...changed, etag } };
      return true;
    } catch (error) {
      if (isWriteConflict(error)) return false;
      throw error;
    }
  };
  /** Releases a holder. `seen` is its row if the caller has read it. */
  const release = (key: Key, seen?: Row): Promise<null> => {
    let first = seen;
    return change(async () => {
      const [held, total] = await Promise.all([
        first ?? findRow(table, key),
        lastTotal ?? readTotal(),
      ]);
      first = undefined;
      if (held === undefined) return null;
      return (await trySubmit(
        ['delete', { ...key }],
        Math.max(0, total.amount - amountOf(held)),
        total,
      ))
        ? null
        : writeConflict;
    });
  };
  return {
    hold: (holder, amount, limit) =>
      change(async () => {
        const key = heldKey(holder);
        const cached = lastTotal;
        const [held, total] = await Promise.all([findRow(table, key), cached ?? readTotal()]);
        if (held !== undefined) return amountOf(held);
        if (total.amount + amount > limit && amount > 0) {
          lastTotal = undefined;
          // The cached total may be outdated: another process may have released quota.
          return total === cached ? writeConflict : undefined;
        }
        return (await trySubmit(
          ['create', toRow(key, { ...holder, amount })],
          total.amount + amount,
          total,
        ))
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
      return (await readTotal()).amount;
    },
  };
}
