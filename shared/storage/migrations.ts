import {
  odata,
  type TableClient,
  type TableEntity,
  type TransactionAction,
} from '@azure/data-tables';
import type { ContainerClient } from '@azure/storage-blob';
import { z } from 'zod';
import {
  type Batch,
  batchSchema,
  finalPhaseSchema,
  type Migration,
  migrationSchema,
} from '../contracts/migration.ts';
import { type MigrationRequest, migrationRequestSchema } from '../contracts/request.ts';
import { groupCommit, largestBytes, timeLimit } from './calls.ts';
import {
  allRows,
  fromRow,
  type Key,
  listRows,
  maxColumnChars,
  newestFirst,
  parseStored,
  toRow,
} from './rows.ts';
import type { BatchStore, Claim, MigrationStore } from './stores.ts';
import { findRow, sharedRows, submit } from './table.ts';
import { insertMissingRows } from './transactions.ts';

const maxCachedMigrations = 1_000;
// A transaction can hold 100 rows and 4 MiB; a request has three rows and up to 30,000 characters.
const maxRequestsPerTransaction = 20;

interface Insertion {
  readonly rows: readonly TableEntity[];
  inserted: boolean;
}

async function insertTogether(table: TableClient, rows: readonly TableEntity[]): Promise<boolean> {
  return (
    (await submit(
      table,
      rows.map((row): TransactionAction => ['create', row]),
    )) !== undefined
  );
}

/**
 * Returns a function that inserts all rows of a request, or none if one of their keys exists
 * (false). Requests that arrive while a transaction is in progress share the next one; if a key
 * exists, each is inserted on its own. All rows are in one partition.
 */
function groupedInsert(table: TableClient): (rows: readonly TableEntity[]) => Promise<boolean> {
  const insert = groupCommit<Insertion>(maxRequestsPerTransaction, async (_, insertions) => {
    const rows = insertions.flatMap((insertion) => insertion.rows);
    const isDistinct = new Set(rows.map(({ rowKey }) => rowKey)).size === rows.length;
    if (isDistinct && insertions.length > 1 && (await insertTogether(table, rows))) {
      for (const insertion of insertions) insertion.inserted = true;
      return;
    }
    await Promise.all(
      insertions.map(async (insertion) => {
        insertion.inserted = await insertTogether(table, insertion.rows);
      }),
    );
  });
  return async (rows) => {
    const insertion: Insertion = { rows, inserted: false };
    await insert('all', insertion);
    return insertion.inserted;
  };
}

/**
 * Returns the key of a row in the table `migrations`. All rows are in one partition, so that the
 * rows of a request are written in one transaction. The prefix of the row key names the kind of
 * row.
 */
function migrationKey(kind: 'claim' | 'newest' | 'migration', name: string): Key {
  return { partitionKey: 'migrations', rowKey: `${kind}.${name}` };
}

/** Returns the key of the list entry of a migration, which contains its request. */
function listKey({ id, acceptedAt }: Pick<Migration, 'id' | 'acceptedAt'>): Key {
  return migrationKey('newest', newestFirst({ id, atMs: Date.parse(acceptedAt) }));
}

const acceptedSchema = z.object({ acceptedAt: z.string() });
const rowSchema = z.object({
  request: migrationRequestSchema.nullable(),
  blobName: z.string().nullable(),
});

/** A request that is ready to be stored. */
export interface PreparedRequest {
  /** Columns of the list entry: the request, or the name of its blob. */
  readonly columns: { readonly request: MigrationRequest } | { readonly blobName: string };
  /**
   * Present if a row cannot hold the request: upload it before the row is written, and discard it
   * if the row is not written.
   */
  readonly blob?: { readonly upload: () => Promise<void>; readonly discard: () => Promise<void> };
}

/**
 * The storage of accepted requests: small ones in their list entry, large ones in a blob that the
 * entry names.
 */
export interface StoredRequests {
  prepare(
    claim: Pick<Claim, 'migrationId' | 'fingerprint'>,
    request: MigrationRequest,
  ): PreparedRequest;
  /** Throws if there is none. */
  load(migrationId: string): Promise<MigrationRequest>;
}

/**
 * Creates the storage of accepted requests in the table `migrations` and the container `requests`.
 */
export function storedRequests(table: TableClient, blobs: ContainerClient): StoredRequests {
  return {
    prepare({ migrationId, fingerprint }, request) {
      const text = JSON.stringify(request);
      if (text.length <= maxColumnChars) return { columns: { request } };
      // The name depends on the content, so a concurrent request with another body overwrites
      // nothing.
      const blobName = `${migrationId}.${fingerprint}.json`;
      const blob = blobs.getBlockBlobClient(blobName);
      return {
        columns: { blobName },
        blob: {
          async upload() {
            await blob.uploadData(Buffer.from(text), {
              blobHTTPHeaders: { blobContentType: 'application/json' },
              abortSignal: timeLimit(text.length),
            });
          },
          async discard() {
            await blob.deleteIfExists({ abortSignal: timeLimit() });
          },
        },
      };
    },
    async load(migrationId) {
      const migration = await findRow(table, migrationKey('migration', migrationId), [
        'acceptedAt',
      ]);
      const row =
        migration === undefined
          ? undefined
          : await findRow(table, listKey({ id: migrationId, ...acceptedSchema.parse(migration) }));
      if (row === undefined) throw new Error(`the request of ${migrationId} does not exist`);
      const { request, blobName } = fromRow(rowSchema, row);
      if (request !== null) return request;
      if (blobName === null)
        throw new Error(`the request of ${migrationId} is neither in its row nor in a blob`);
      const data = await blobs
        .getBlobClient(blobName)
        .downloadToBuffer(0, undefined, { abortSignal: timeLimit(largestBytes) });
      return parseStored(migrationRequestSchema, JSON.parse(data.toString('utf8')));
    },
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
  const rows = sharedRows(table, maxCachedMigrations);
  const get = async (migrationId: string): Promise<Migration | undefined> => {
    const row = await rows.find(migrationKey('migration', migrationId));
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
      if (!(await rows.update(migrationKey('migration', migrationId), changes)))
        throw new Error(`cannot update migration ${migrationId}: the row does not exist`);
    },
    change: (migrationId, change) =>
      rows.change(migrationKey('migration', migrationId), (row) =>
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
