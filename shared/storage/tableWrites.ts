import {
  odata,
  type TableClient,
  type TableEntity,
  type TransactionAction,
} from '@azure/data-tables';
import { z } from 'zod';
import { inParallel } from './limits.ts';
import { optimisticWrite, writeConflict } from './optimisticWrite.ts';
import {
  allRows,
  changedRow,
  etagOf,
  findRow,
  isWriteConflict,
  type Key,
  type Row,
  toRow,
} from './table.ts';

const maxTransactionRows = 100;
// The service takes 4 MiB, with what the SDK writes around each row.
const maxTransactionBytes = 3_500_000;
const rowOverheadBytes = 1_000;
const parallelTransactions = 8;

/** A record and where it lies; of a row that is there only the given members are written anew. */
export interface KeyedRecord {
  readonly key: Key;
  readonly record: object;
  /** The ETag of the row as it was read; left out where any version may be written over. */
  readonly version?: string;
}

/** A row was written by somebody else since it was read. Whoever meant to change it reads it again. */
export class StaleRowError extends Error {
  override readonly name = 'StaleRowError';

  constructor(tableName: string) {
    super(`a row of the table ${tableName} has changed since it was read`);
  }
}

/**
 * Inserts rows of one partition, each key once, in transactions of up to 100 rows and 4 MiB, a few at a time. Rows that exist stay as they are. True
 * when every transaction was taken at once: none of the rows was there.
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

/** Writes the given members of records of one partition, each key once, into the rows that are there. Throws a StaleRowError where one has another version. */
export async function mergeRecords(
  table: TableClient,
  records: readonly KeyedRecord[],
): Promise<void> {
  const versions = new Map(records.map(({ key, version }) => [key.rowKey, version]));
  await inParallel(
    parallelTransactions,
    transactionsOf(records.map(({ key, record }) => toRow(key, record))),
    async (rows) => {
      const isWritten = await trySubmit(
        table,
        rows.map((row): TransactionAction => {
          const etag = versions.get(row.rowKey);
          return etag === undefined ? ['update', row, 'Merge'] : ['update', row, 'Merge', { etag }];
        }),
      );
      if (!isWritten) throw new StaleRowError(table.tableName);
    },
  );
}

/** Writes records of one partition, each key once, into the rows that are there, and inserts those that are not; columns of other members stay. */
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

/** Cuts rows, in the order of their keys, into pieces that one transaction can hold. */
export function transactionsOf(rows: readonly TableEntity[]): readonly (readonly TableEntity[])[] {
  const chunks: TableEntity[][] = [];
  let chunk: TableEntity[] = [];
  let bytes = 0;
  // In order, so that what an earlier try left of a piece is one short range.
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
      return row === undefined
        ? ['create', toRow(key, record)]
        : ['update', changedRow(row, record), 'Replace', { etag: etagOf(row) }];
    });
    return (await trySubmit(table, actions)) ? undefined : writeConflict;
  });
}

async function insertChunk(table: TableClient, rows: readonly TableEntity[]): Promise<boolean> {
  let missing = rows;
  return optimisticWrite(`rows of ${table.tableName}`, async (tries) => {
    // One row that exists refuses the whole transaction: an earlier try, or another one now, got here.
    if (tries > 1) {
      const existing = await readExisting(table, missing, ['rowKey']);
      missing = missing.filter(({ rowKey }) => !existing.has(rowKey));
    }
    return missing.length === 0 ||
      (await trySubmit(
        table,
        missing.map((row): TransactionAction => ['create', row]),
      ))
      ? tries === 1
      : writeConflict;
  });
}

/** Submits a transaction; false when another writer was quicker. */
export async function trySubmit(
  table: TableClient,
  actions: TransactionAction[],
): Promise<boolean> {
  try {
    await table.submitTransaction(actions);
    return true;
  } catch (error) {
    if (isWriteConflict(error)) return false;
    throw error;
  }
}

/** The rows that there are in the range of some keys, in the order of the keys, by row key. */
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
