import { odata, type TableClient, type TableEntity } from '@azure/data-tables';
import { z } from 'zod';
import { finalPhaseSchema, type Migration, migrationSchema } from '../contracts/migration.ts';
import { groupCommit } from './concurrentWrites.ts';
import { migrationKey, listKey } from './keys.ts';
import type { StoredRequests } from './requests.ts';
import type { Claim, MigrationStore } from './stores.ts';
import { allRows, changeRow, findRow, fromRow, insertRows, listRows, toRow } from './table.ts';

// A transaction can hold 100 rows and 4 MiB; a request has three rows and up to 30,000 characters.
const maxRequestsPerTransaction = 20;

interface Insertion {
  readonly rows: readonly TableEntity[];
  inserted: boolean;
}

/**
 * Returns a function that inserts all rows of a request, or none if one of their keys exists
 * (false). Requests that arrive while a transaction is in progress share the next one; if a key
 * exists, each is inserted on its own. All rows are in one partition.
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
// `.` is the character before `/`, so this range is exactly the list.
const listRange = odata`PartitionKey eq ${migrationKey('newest', '').partitionKey} and RowKey ge ${'newest.'} and RowKey lt ${'newest/'}`;
const migrationRange = odata`PartitionKey eq ${migrationKey('migration', '').partitionKey} and RowKey ge ${'migration.'} and RowKey lt ${'migration/'}`;
const unstarted = `${migrationRange} and ${odata`phase eq ${'accepted'}`}`;
const unstartedSchema = migrationSchema.pick({ id: true, acceptedAt: true });
// A migration in any other phase has started and not ended, including phases of later releases.
const running = [
  migrationRange,
  ...['accepted', ...finalPhaseSchema.options].map((phase) => odata`phase ne ${phase}`),
].join(' and ');
const runningSchema = migrationSchema.pick({ id: true, updatedAt: true, finishedAt: true });

/**
 * Creates the store of the table `migrations`: claims, migrations, and the list of migrations with
 * their requests, newest first. All are rows of one partition with different key prefixes.
 */
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
        // Checked first so that a repetition does not upload the blob again.
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
        throw new Error(
          `cannot store migration ${migration.id}: its row already exists, but no idempotency claim refers to it`,
        );
      if (existing.fingerprint !== claim.fingerprint) await blob?.discard();
      return { inserted, claim: existing };
    },
    get,
    async update(migrationId, changes) {
      const changed = await changeRow(table, migrationKey('migration', migrationId), () => changes);
      if (!changed)
        throw new Error(`cannot update migration ${migrationId}: the row does not exist`);
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
