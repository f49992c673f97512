import { odata, type TableClient } from '@azure/data-tables';
import { type Batch, batchSchema } from '../contracts/migration.ts';
import { allRows, findRow, fromRow, type Key, toRow, writeRows } from './rows.ts';
import type { BatchStore } from './stores.ts';

// Ids are padded to three digits, so above 999 their own order is not that of the numbers.
const key = ({ migrationId, batchId }: Pick<Batch, 'migrationId' | 'batchId'>): Key => ({
  partitionKey: migrationId,
  rowKey: batchId.slice(1).padStart(5, '0'),
});

/** The table `batches`: one partition a migration, one row a batch. */
export function batchTable(table: TableClient): BatchStore {
  const get = async (migrationId: string, batchId: string): Promise<Batch | undefined> => {
    const row = await findRow(table, key({ migrationId, batchId }));
    return row === undefined ? undefined : fromRow(batchSchema, row);
  };
  return {
    async insertMissing(batches) {
      await writeRows(table, 'insertMissing', batches.map((batch) => toRow(key(batch), batch)));
    },
    get,
    async update(migrationId, batchId, changes) {
      const current = await get(migrationId, batchId);
      if (current === undefined) throw new Error(`there is no batch ${batchId} of ${migrationId} to update`);
      await table.updateEntity(toRow(key(current), { ...current, ...changes }), 'Replace');
    },
    async list(migrationId) {
      const rows = await allRows(table, odata`PartitionKey eq ${migrationId}`);
      return rows.map((row) => fromRow(batchSchema, row));
    },
  };
}
