import {
  odata,
  type TableClient,
  type TableEntity,
  type TransactionAction,
} from '@azure/data-tables';
import { z } from 'zod';
import { inParallel, optimisticWrite, writeConflict } from './calls.ts';
import { allRows, type Key, type Row, toRow } from './rows.ts';
import { changeAction, etagOf, findRow, submit } from './table.ts';

const maxTransactionRows = 100;
// A transaction can hold 4 MiB, including what the SDK adds to each row.
const maxTransactionBytes = 3_500_000;
const rowOverheadBytes = 1_000;
const parallelTransactions = 8;

/** A record with its key. Of an existing row, only the given members are overwritten. */
export interface KeyedRecord {
  readonly key: Key;
  readonly record: object;
  /** The ETag of the row as it was read. If absent, any version is overwritten. */
  readonly version?: string;
}

/**
 * Another writer has changed a row since it was read. The caller must read it again. This is not
 * repeated by `optimisticWrite`, because the values were computed from more than the row, such as a
 * response of Graph: the activity runs again.
 */
export class StaleRowError extends Error {
  override readonly name = 'StaleRowError';

  constructor(tableName: string) {
    super(`a row of the table ${tableName} has changed since it was read`);
  }
}

/**
 * Inserts missing rows of one partition, in parallel transactions of up to 100 rows and 4 MiB.
 * Existing rows stay as they are. Returns true if none of the rows existed.
 */
export async function insertMissingRows(
  table: TableClient,
  rows: readonly TableEntity[],
): Promise<boolean> {
  const results = await inParallel(parallelTransactions, transactionsOf(rows), (chunk) =>
    insertChunk(table, chunk),
  );
  return results.every((isAtOnce) => isAtOnce);
}

/**
 * Merges members into existing rows of one partition. Throws a StaleRowError if a row has another
 * version.
 */
export async function mergeRecords(
  table: TableClient,
  records: readonly KeyedRecord[],
): Promise<void> {
  const versions = new Map(records.map(({ key, version }) => [key.rowKey, version]));
  await inParallel(
    parallelTransactions,
    transactionsOf(records.map(({ key, record }) => toRow(key, record))),
    async (rows) => {
      const written = await submit(
        table,
        rows.map((row): TransactionAction => {
          const etag = versions.get(row.rowKey);
          return etag === undefined ? ['update', row, 'Merge'] : ['update', row, 'Merge', { etag }];
        }),
      );
      if (written === undefined) throw new StaleRowError(table.tableName);
    },
  );
}

/**
 * Writes records of one partition: updates existing rows and inserts missing ones. Columns of other
 * members stay.
 */
export async function writeRecords(
  table: TableClient,
  records: readonly KeyedRecord[],
): Promise<void> {
  const byKey = new Map(records.map((one) => [one.key.rowKey, one]));
  const chunks = transactionsOf(records.map(({ key, record }) => toRow(key, record)));
  await inParallel(parallelTransactions, chunks, (chunk) =>
    writeChunk(
      table,
      chunk.flatMap(({ rowKey }) => byKey.get(rowKey) ?? []),
    ),
  );
}

/** Splits rows, in the order of their keys, into groups that fit in one transaction. */
function transactionsOf(rows: readonly TableEntity[]): readonly (readonly TableEntity[])[] {
  const chunks: TableEntity[][] = [];
  let chunk: TableEntity[] = [];
  let bytes = 0;
  // Sorted, so that the rows of a group are one short range of keys.
  for (const row of rows.toSorted((a, b) => (a.rowKey < b.rowKey ? -1 : 1))) {
    const rowBytes = Buffer.byteLength(JSON.stringify(row)) + rowOverheadBytes;
    if (
      chunk.length === 0 ||
      chunk.length === maxTransactionRows ||
      bytes + rowBytes > maxTransactionBytes
    ) {
      chunk = [];
      bytes = 0;
      chunks.push(chunk);
    }
    chunk.push(row);
    bytes += rowBytes;
  }
  return chunks;
}

async function writeChunk(table: TableClient, records: readonly KeyedRecord[]): Promise<void> {
  await optimisticWrite(`rows of ${table.tableName}`, async () => {
    const existing = await readExisting(
      table,
      records.map(({ key }) => key),
    );
    const actions = records.map(({ key, record, version }): TransactionAction => {
      const row = existing.get(key.rowKey);
      if (row !== undefined && version !== undefined && etagOf(row) !== version)
        throw new StaleRowError(table.tableName);
      return changeAction(key, row, record);
    });
    return (await submit(table, actions)) === undefined ? writeConflict : undefined;
  });
}

async function insertChunk(table: TableClient, rows: readonly TableEntity[]): Promise<boolean> {
  let missing = rows;
  return optimisticWrite(`rows of ${table.tableName}`, async (tries) => {
    // An existing row rejects the whole transaction: an earlier try or another writer has inserted
    // it.
    if (tries > 1) {
      const existing = await readExisting(table, missing, ['rowKey']);
      missing = missing.filter(({ rowKey }) => !existing.has(rowKey));
    }
    const isWritten =
      missing.length === 0 ||
      (await submit(
        table,
        missing.map((row): TransactionAction => ['create', row]),
      )) !== undefined;
    return isWritten ? tries === 1 : writeConflict;
  });
}

/** Reads the existing rows in the range of the given keys, by row key. */
async function readExisting(
  table: TableClient,
  keys: readonly Key[],
  select?: string[],
): Promise<ReadonlyMap<string, Row>> {
  const [first, last] = [keys[0], keys.at(-1)];
  if (first === undefined || last === undefined) return new Map();
  if (keys.length === 1) {
    const row = await findRow(table, first, select);
    return new Map(row === undefined ? [] : [[first.rowKey, row]]);
  }
  const filter = odata`PartitionKey eq ${first.partitionKey} and RowKey ge ${first.rowKey} and RowKey le ${last.rowKey}`;
  return new Map(
    (await allRows(table, filter, select)).map((row) => [z.string().parse(row['rowKey']), row]),
  );
}
