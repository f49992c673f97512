import { odata, type TableClient } from '@azure/data-tables';
import { type Batch, batchSchema } from '../contracts/migration.ts';
import { allRows, changeRow, findRow, fromRow, type Key, toRow } from './rows.ts';
import type { BatchStore } from './stores.ts';
import { writeRows } from './writeRows.ts';

// Ids are padded to three digits, so above 999 their own order is not that of the numbers.
const key = ({ migrationId, batchId }: Pick<Batch, 'migrationId' | 'batchId'>): Key => ({
  partitionKey: migrationId,
  rowKey: batchId.slice(1).padStart(5, '0'),
});

/** The table `batches`: one partition a migration, one row a batch. */
export function batchTable(table: TableClient): BatchStore {
  return {
    async insertMissing(batches) {
      await writeRows(table, 'insertMissing', batches.map((batch) => toRow(key(batch), batch)));
    },
    async get(migrationId, batchId) {
      const row = await findRow(table, key({ migrationId, batchId }));
      return row === undefined ? undefined : fromRow(batchSchema, row);
    },
    async update(migrationId, batchId, changes) {
      const changed = await changeRow(table, key({ migrationId, batchId }), (row) => ({ ...fromRow(batchSchema, row), ...changes }));
      if (!changed) throw new Error(`there is no batch ${batchId} of ${migrationId} to update`);
    },
    updateWhen(migrationId, batchId, when, changes) {
      return changeRow(table, key({ migrationId, batchId }), (row) => {
        const batch = fromRow(batchSchema, row);
        return when(batch) ? { ...batch, ...changes } : undefined;
      });
    },
    async list(migrationId) {
      const rows = await allRows(table, odata`PartitionKey eq ${migrationId}`);
      return rows.map((row) => fromRow(batchSchema, row));
    },
  };
}
