import { odata, type TableClient } from '@azure/data-tables';
import { z } from 'zod';
import { type Migration, migrationSchema } from '../contracts/migration.ts';
import { newestFirst } from './newestFirst.ts';
import { changeRow, findRow, fromRow, insertRow, type Key, listRows, toRow } from './rows.ts';
import type { Claim, MigrationStore } from './stores.ts';

const claimSchema = z.object({ keyHash: z.string(), fingerprint: z.string(), migrationId: z.string(), claimedAt: z.string() });
const listed = 'newest';

const claimKey = (keyHash: string): Key => ({ partitionKey: 'claim', rowKey: keyHash });
const migrationKey = (migrationId: string): Key => ({ partitionKey: 'migration', rowKey: migrationId });

/** Claims, migrations, and the list of migrations newest first: three kinds of rows in the table `migrations`. */
export function migrationTable(table: TableClient): MigrationStore {
  const get = async (migrationId: string): Promise<Migration | undefined> => {
    const row = await findRow(table, migrationKey(migrationId));
    return row === undefined ? undefined : fromRow(migrationSchema, row);
  };
  return {
    async claim(claim: Claim) {
      const inserted = await insertRow(table, toRow(claimKey(claim.keyHash), claim));
      if (inserted) return { inserted, claim };
      const row = await findRow(table, claimKey(claim.keyHash));
      if (row === undefined) throw new Error(`the claim ${claim.keyHash} is taken and cannot be read`);
      return { inserted, claim: fromRow(claimSchema, row) };
    },
    async insert(migration) {
      // The list first: a migration without its place in it would never be seen.
      await insertRow(table, toRow({ partitionKey: listed, rowKey: newestFirst({ id: migration.id, atMs: Date.parse(migration.acceptedAt) }) }, { migrationId: migration.id }));
      await insertRow(table, toRow(migrationKey(migration.id), migration));
    },
    get,
    async update(migrationId, changes) {
      const changed = await changeRow(table, migrationKey(migrationId), (row) => ({ ...fromRow(migrationSchema, row), ...changes }));
      if (!changed) throw new Error(`there is no migration ${migrationId} to update`);
    },
    async list(options) {
      const page = await listRows(table, odata`PartitionKey eq ${listed}`, 'migrations', options);
      const found = await Promise.all(page.items.map((row) => get(z.string().parse(row['migrationId']))));
      return { ...page, items: found.filter((migration) => migration !== undefined) };
    },
  };
}
