import { odata, type TableClient } from '@azure/data-tables';
import { type Batch, batchSchema } from '../contracts/migration.ts';
import { fromRow, type Key, toRow } from './encoding.ts';
import { allRows } from './pages.ts';
import type { BatchStore } from './stores.ts';
import { sharedRows } from './table.ts';
import { insertMissingRows } from './transactions.ts';

// Ids have three digits, so above 999 their text order is not their numeric order.
const key = ({ migrationId, batchId }: Pick<Batch, 'migrationId' | 'batchId'>): Key => ({
  partitionKey: migrationId,
  rowKey: batchId.slice(1).padStart(5, '0'),
});

const maxCachedRows = 1_000;

/** Creates the store of the table `batches`: one partition per migration, one row per batch. */
export function batchTable(table: TableClient): BatchStore {
  const rows = sharedRows(table, maxCachedRows);
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
      if (!(await rows.update(key({ migrationId, batchId }), changes)))
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
