import { odata, type TableClient, type TableEntity, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import { hasStatus } from './rows.ts';

const maxTransactionRows = 100;
// The service takes 4 MiB, with what the SDK writes around each row.
const maxTransactionBytes = 3_500_000;
const aroundRowBytes = 1_000;
const parallelTransactions = 8;

/**
 * Writes rows of one partition, each key once, in transactions of up to 100 rows and 4 MiB, a few at a time.
 * `insertMissing` leaves rows that exist as they are; `replace` writes each row whole; `merge` writes the given columns of rows
 * that are there.
 */
export async function writeRows(table: TableClient, kind: 'insertMissing' | 'replace' | 'merge', rows: readonly TableEntity[]): Promise<void> {
  const chunks = transactionsOf(rows);
  const work = chunks.values();
  const run = async (): Promise<void> => {
    for (const chunk of work) await write[kind](table, chunk);
  };
  await Promise.all(Array.from({ length: Math.min(parallelTransactions, chunks.length) }, run));
}

/** Cuts rows, in the order of their keys, into pieces that one transaction can hold. */
export function transactionsOf(rows: readonly TableEntity[]): readonly (readonly TableEntity[])[] {
  const chunks: TableEntity[][] = [];
  let chunk: TableEntity[] = [];
  let bytes = 0;
  // In order, so that what an earlier try left of a piece is one short range.
  for (const row of rows.toSorted((a, b) => (a.rowKey < b.rowKey ? -1 : 1))) {
    const rowBytes = Buffer.byteLength(JSON.stringify(row)) + aroundRowBytes;
    if (chunk.length === 0 || chunk.length === maxTransactionRows || bytes + rowBytes > maxTransactionBytes) {
      chunk = [];
      bytes = 0;
      chunks.push(chunk);
    }
    chunk.push(row);
    bytes += rowBytes;
  }
  return chunks;
}

const write = { insertMissing: insertChunk, replace: replaceChunk, merge: mergeChunk } as const;

async function mergeChunk(table: TableClient, rows: readonly TableEntity[]): Promise<void> {
  await table.submitTransaction(rows.map((row): TransactionAction => ['update', row, 'Merge']));
}

async function replaceChunk(table: TableClient, rows: readonly TableEntity[]): Promise<void> {
  await table.submitTransaction(rows.map((row): TransactionAction => ['upsert', row, 'Replace']));
}

async function insertChunk(table: TableClient, rows: readonly TableEntity[]): Promise<void> {
  let missing = rows;
  while (missing.length > 0) {
    try {
      await table.submitTransaction(missing.map((row): TransactionAction => ['create', row]));
      return;
    } catch (error) {
      // One row that exists refuses the whole transaction: an earlier try, or another one now, got here.
      if (!hasStatus(error, 409)) throw error;
      const left = await notThere(table, missing);
      if (left.length === missing.length) throw error;
      missing = left;
    }
  }
}

async function notThere(table: TableClient, rows: readonly TableEntity[]): Promise<readonly TableEntity[]> {
  const [first, last] = [rows[0], rows.at(-1)];
  if (first === undefined || last === undefined) return [];
  const filter = odata`PartitionKey eq ${first.partitionKey} and RowKey ge ${first.rowKey} and RowKey le ${last.rowKey}`;
  const taken = new Set<string>();
  for await (const row of table.listEntities({ queryOptions: { filter, select: ['rowKey'] } })) taken.add(z.string().parse(row.rowKey));
  return rows.filter(({ rowKey }) => !taken.has(rowKey));
}
