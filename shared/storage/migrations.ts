import { odata, type TableClient, type TableEntity } from '@azure/data-tables';
import { z } from 'zod';
import { finalPhaseSchema, type Migration, migrationSchema } from '../contracts/migration.ts';
import { groupCommit } from './groupCommit.ts';
import { migrationKey, listKey } from './keys.ts';
import type { StoredRequests } from './requests.ts';
import type { Claim, MigrationStore } from './stores.ts';
import { allRows, changeRow, findRow, fromRow, insertRows, listRows, toRow } from './table.ts';

// A transaction takes 100 rows and 4 MiB; a request takes three rows and up to 30,000 characters.
const maxRequestsPerTransaction = 20;

interface Insertion {
  readonly rows: readonly TableEntity[];
  inserted: boolean;
}

/**
 * Inserts the rows of one caller all or none; false when one of their keys is taken. What several callers insert while a transaction
 * is under way goes into the next one together, and each for himself where a key of theirs is taken. All rows are of one partition.
 */
export function groupedInsert(
  table: TableClient,
): (rows: readonly TableEntity[]) => Promise<boolean> {
  const insert = groupCommit<Insertion>(maxRequestsPerTransaction, async (_, insertions) => {
    const rows = insertions.flatMap((insertion) => insertion.rows);
    const isDistinct = new Set(rows.map(({ rowKey }) => rowKey)).size === rows.length;
    if (isDistinct && insertions.length > 1 && (await insertRows(table, rows))) {
      for (const insertion of insertions) insertion.inserted = true;
      return;
    }
    await Promise.all(
      insertions.map(async (insertion) => {
        insertion.inserted = await insertRows(table, insertion.rows);
      }),
    );
  });
  return async (rows) => {
    const insertion: Insertion = { rows, inserted: false };
    await insert('all', insertion);
    return insertion.inserted;
  };
}

const claimSchema = z.object({
  keyHash: z.string(),
  fingerprint: z.string(),
  migrationId: z.string(),
  claimedAt: z.string(),
});
// `.` is the character before `/`, so this is exactly the list.
const listRange = odata`PartitionKey eq ${migrationKey('newest', '').partitionKey} and RowKey ge ${'newest.'} and RowKey lt ${'newest/'}`;
const migrationRange = odata`PartitionKey eq ${migrationKey('migration', '').partitionKey} and RowKey ge ${'migration.'} and RowKey lt ${'migration/'}`;
const unstarted = `${migrationRange} and ${odata`phase eq ${'accepted'}`}`;
const unstartedSchema = migrationSchema.pick({ id: true, acceptedAt: true });
// What has another phase than these has begun and has not ended, also where a later release has given it one.
const running = [
  migrationRange,
  ...['accepted', ...finalPhaseSchema.options].map((phase) => odata`phase ne ${phase}`),
].join(' and ');
const runningSchema = migrationSchema.pick({ id: true, updatedAt: true, finishedAt: true });

/** Claims, migrations, and the list of migrations newest first with their requests: rows of one partition of the table `migrations`, told apart by their keys. */
export function migrationTable(table: TableClient, requests: StoredRequests): MigrationStore {
  const insert = groupedInsert(table);
  const get = async (migrationId: string): Promise<Migration | undefined> => {
    const row = await findRow(table, migrationKey('migration', migrationId));
    return row === undefined ? undefined : fromRow(migrationSchema, row);
  };
  const findClaim = async (keyHash: string): Promise<Claim | undefined> => {
    const row = await findRow(table, migrationKey('claim', keyHash));
    return row === undefined ? undefined : fromRow(claimSchema, row);
  };
  return {
    async accept({ claim, migration, request }) {
      const { columns, blob } = requests.prepare(claim, request);
      if (blob !== undefined) {
        // A repetition should not send its megabytes only to learn that the key is taken.
        const earlier = await findClaim(claim.keyHash);
        if (earlier !== undefined) return { inserted: false, claim: earlier };
        await blob.upload();
      }
      const inserted = await insert([
        toRow(migrationKey('claim', claim.keyHash), claim),
        toRow(listKey(migration), { migrationId: migration.id, ...columns }),
        toRow(migrationKey('migration', migration.id), migration),
      ]);
      if (inserted) return { inserted, claim };
      const existing = await findClaim(claim.keyHash);
      if (existing === undefined)
        throw new Error(`${migration.id} cannot be taken in: its key is free, and it is there`);
      if (existing.fingerprint !== claim.fingerprint) await blob?.discard();
      return { inserted, claim: existing };
    },
    get,
    async update(migrationId, changes) {
      const changed = await changeRow(table, migrationKey('migration', migrationId), () => changes);
      if (!changed) throw new Error(`there is no migration ${migrationId} to update`);
    },
    change: (migrationId, change) =>
      changeRow(table, migrationKey('migration', migrationId), (row) =>
        change(fromRow(migrationSchema, row)),
      ),
    async list(options) {
      const page = await listRows(table, listRange, 'migrations', options, ['migrationId']);
      const found = await Promise.all(
        page.items.map((row) => get(z.string().parse(row['migrationId']))),
      );
      return { ...page, items: found.filter((migration) => migration !== undefined) };
    },
    listUnstarted: async () =>
      (await allRows(table, unstarted, ['id', 'acceptedAt'])).map((row) =>
        fromRow(unstartedSchema, row),
      ),
    listRunning: async () =>
      (await allRows(table, running, ['id', 'updatedAt', 'finishedAt']))
        .map((row) => fromRow(runningSchema, row))
        .flatMap(({ id, updatedAt, finishedAt }) =>
          finishedAt === null ? [{ id, updatedAt }] : [],
        ),
  };
}
