import { odata, type TableClient } from '@azure/data-tables';
import { type Batch, batchSchema } from '../contracts/migration.ts';
import { optimisticWrite, writeConflict } from './optimisticWrite.ts';
import { lruCache } from './lruCache.ts';
import type { BatchStore } from './stores.ts';
import { allRows, findRow, fromRow, type Key, replaceRow, type Row, toRow } from './table.ts';
import { insertMissingRows } from './tableWrites.ts';

export interface CachedRows {
  /** The row under a key as it is in storage now, or undefined. */
  find(key: Key): Promise<Row | undefined>;
  /** As `changeRow`, without reading a row that is still what this process saw last. */
  change(key: Key, change: (row: Row) => object | undefined): Promise<boolean>;
}

/**
 * The rows of a table, each remembered as this process read or wrote it last, up to `maxRows` of them. A remembered row is only
 * ever the basis of a change that storage refuses if somebody else has written the row meanwhile; then it is read.
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
        // Also where the remembered row asks for no change: the one in storage may.
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

// Ids are padded to three digits, so above 999 their own order is not that of the numbers.
const key = ({ migrationId, batchId }: Pick<Batch, 'migrationId' | 'batchId'>): Key => ({
  partitionKey: migrationId,
  rowKey: batchId.slice(1).padStart(5, '0'),
});

const maxCachedRows = 1_000;

/** The table `batches`: one partition a migration, one row a batch. */
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
        throw new Error(`there is no batch ${batchId} of ${migrationId} to update`);
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
