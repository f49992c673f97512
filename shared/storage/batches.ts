import { odata, type TableClient } from '@azure/data-tables';
import { type Batch, batchSchema } from '../contracts/migration.ts';
import { optimisticWrite, writeConflict } from './concurrentWrites.ts';
import { lruCache } from './lruCache.ts';
import type { BatchStore } from './stores.ts';
import { allRows, findRow, fromRow, type Key, replaceRow, type Row, toRow } from './table.ts';
import { insertMissingRows } from './tableWrites.ts';

/** Rows of a table, cached as the basis of conditional writes. */
export interface CachedRows {
  /** Reads a row from storage; undefined if it does not exist. */
  find(key: Key): Promise<Row | undefined>;
  /**
   * Changes a row like `changeRow`, without reading it first if the cached version is still
   * current.
   */
  change(key: Key, change: (row: Row) => object | undefined): Promise<boolean>;
}

/**
 * Creates a cache of up to `maxRows` rows as this process last read or wrote them. A cached row is
 * only used as the basis of a conditional write: if another writer has changed it, storage rejects
 * the write and the row is read again.
 */
export function cachedRows(table: TableClient, maxRows: number): CachedRows {
  const cache = lruCache<Row>(maxRows);
  const idOf = ({ partitionKey, rowKey }: Key): string => `${partitionKey}/${rowKey}`;
  const remember = (key: Key, row: Row | undefined): void => {
    if (row?.['etag'] === undefined) cache.delete(idOf(key));
    else cache.set(idOf(key), row);
  };
  const find = async (key: Key): Promise<Row | undefined> => {
    const row = await findRow(table, key);
    remember(key, row);
    return row;
  };
  return {
    find,
    change: (key, change) =>
      optimisticWrite(`a row of ${table.tableName}`, async () => {
        let row = cache.get(idOf(key));
        let changes = row === undefined ? undefined : change(row);
        // Also read if the cached row needs no change: the stored row may.
        if (changes === undefined) {
          row = await find(key);
          changes = row === undefined ? undefined : change(row);
        }
        if (row === undefined || changes === undefined) return false;
        cache.delete(idOf(key));
        const written = await replaceRow(table, row, changes);
        if (written === undefined) return writeConflict;
        remember(key, written);
        return true;
      }),
  };
}

// Ids have three digits, so above 999 their text order is not their numeric order.
const key = ({ migrationId, batchId }: Pick<Batch, 'migrationId' | 'batchId'>): Key => ({
  partitionKey: migrationId,
  rowKey: batchId.slice(1).padStart(5, '0'),
});

const maxCachedRows = 1_000;

/** Creates the store of the table `batches`: one partition per migration, one row per batch. */
export function batchTable(table: TableClient): BatchStore {
  const rows = cachedRows(table, maxCachedRows);
  return {
    async insertMissing(batches) {
      await insertMissingRows(
        table,
        batches.map((batch) => toRow(key(batch), batch)),
      );
    },
    async get(migrationId, batchId) {
      const row = await rows.find(key({ migrationId, batchId }));
      return row === undefined ? undefined : fromRow(batchSchema, row);
    },
    async update(migrationId, batchId, changes) {
      if (!(await rows.change(key({ migrationId, batchId }), () => changes)))
        throw new Error(`cannot update batch ${batchId} of ${migrationId}: the row does not exist`);
    },
    updateWhen: (migrationId, batchId, when, changes) =>
      rows.change(key({ migrationId, batchId }), (row) =>
        when(fromRow(batchSchema, row)) ? changes : undefined,
      ),
    change: (migrationId, batchId, change) =>
      rows.change(key({ migrationId, batchId }), (row) => change(fromRow(batchSchema, row))),
    async list(migrationId) {
      const found = await allRows(table, odata`PartitionKey eq ${migrationId}`);
      return found.map((row) => fromRow(batchSchema, row));
    },
  };
}
