import { odata, type TableClient } from '@azure/data-tables';
import { type Batch, batchSchema } from '../contracts/migration.ts';
import { allRows, fromRow, type Key, toRow } from './rows.ts';
import { seenRows } from './seenRows.ts';
import type { BatchStore } from './stores.ts';
import { insertMissingRows } from './writeRows.ts';

// Ids are padded to three digits, so above 999 their own order is not that of the numbers.
const key = ({ migrationId, batchId }: Pick<Batch, 'migrationId' | 'batchId'>): Key => ({
  partitionKey: migrationId,
  rowKey: batchId.slice(1).padStart(5, '0'),
});

const mostRemembered = 1_000;

/** The table `batches`: one partition a migration, one row a batch. */
export function batchTable(table: TableClient): BatchStore {
  const rows = seenRows(table, mostRemembered);
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
