import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import { optimisticWrite, writeConflict } from './optimisticWrite.ts';
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
const movesOf = (row: Row): number => z.int().min(0).parse(row['moves']);

interface Total {
  readonly moves: number;
  readonly row: Row;
}

/**
 * The table `slots`: a row for each holder and one with their sum, all in one partition, so that both change in one
 * transaction or not at all. A crash between two calls leaves nothing half done.
 */
export function quotaTable(table: TableClient): QuotaStore {
  const readTotal = async (): Promise<Total> => {
    let row = await findRow(table, countKey);
    if (row === undefined) {
      await insertRow(table, toRow(countKey, { moves: 0 }));
      row = await findRow(table, countKey);
    }
    if (row === undefined)
      throw new Error('the sum of the slots was written and cannot be read back');
    return { moves: movesOf(row), row };
  };
  // As this process has written it last: where somebody else has written since, the transaction is refused.
  let lastSum: Total | undefined;
  // Callers of one process take turns: against each other they would only lose time.
  let queue: Promise<unknown> = Promise.resolve();
  const change = <Result>(
    tryOnce: () => Promise<Result | typeof writeConflict>,
  ): Promise<Result> => {
    const own = queue.then(() => optimisticWrite('the sum of the slots', tryOnce));
    queue = own.catch(() => undefined);
    return own;
  };
  /** Writes a holder's row together with the sum; false when another writer was quicker. */
  const trySubmit = async (
    holder: TransactionAction,
    moves: number,
    { row }: Total,
  ): Promise<boolean> => {
    lastSum = undefined;
    try {
      const changed = changedRow(row, { moves });
      const { subResponses } = await table.submitTransaction([
        holder,
        ['update', changed, 'Replace', { etag: etagOf(row) }],
      ]);
      const etag = subResponses[1]?.etag;
      if (etag !== undefined) lastSum = { moves, row: { ...changed, etag } };
      return true;
    } catch (error) {
      if (isWriteConflict(error)) return false;
      throw error;
    }
  };
  /** `seen`: the holder's row, where the caller has read it. */
  const release = (key: Key, seen?: Row): Promise<null> => {
    let first = seen;
    return change(async () => {
      const [held, total] = await Promise.all([
        first ?? findRow(table, key),
        lastSum ?? readTotal(),
      ]);
      first = undefined;
      if (held === undefined) return null;
      return (await trySubmit(
        ['delete', { ...key }],
        Math.max(0, total.moves - movesOf(held)),
        total,
      ))
        ? null
        : writeConflict;
    });
  };
  return {
    hold: (holder, moves, limit) =>
      change(async () => {
        const key = heldKey(holder);
        const cached = lastSum;
        const [held, total] = await Promise.all([findRow(table, key), cached ?? readTotal()]);
        if (held !== undefined) return movesOf(held);
        if (total.moves + moves > limit && moves > 0) {
          lastSum = undefined;
          // Somebody else may have made room since.
          return total === cached ? writeConflict : undefined;
        }
        return (await trySubmit(
          ['create', toRow(key, { ...holder, moves })],
          total.moves + moves,
          total,
        ))
          ? moves
          : writeConflict;
      }),
    async find(holder) {
      const held = await findRow(table, heldKey(holder));
      return held === undefined ? undefined : movesOf(held);
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
      return (await readTotal()).moves;
    },
  };
}
