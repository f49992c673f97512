import { RestError, type TableClient, type TableEntity, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import { packToken, unpackToken } from './continuationToken.ts';
import type { Page } from './stores.ts';

const maxTransactionRows = 100;
const maxColumnChars = 30_000;
const parallelTransactions = 8;

export interface Key {
  readonly partitionKey: string;
  readonly rowKey: string;
}

/**
 * A record as columns: numbers, flags and short texts as they are, so that anybody can filter on them; the rest as JSON
 * under `<name>Json`, cut into pieces where a column's 64 KiB would not hold it. A null is an absent column.
 */
export function toRow(key: Key, record: object): TableEntity {
  const row: TableEntity = { ...key };
  for (const [name, value] of Object.entries(record) as [string, unknown][]) {
    if (value === null || value === undefined) continue;
    if (typeof value === 'number' || typeof value === 'boolean') row[name] = value;
    else if (typeof value === 'string' && value.length <= maxColumnChars) row[name] = value;
    else {
      const text = JSON.stringify(value);
      for (let start = 0, piece = 0; start < text.length; start += maxColumnChars, piece += 1) {
        row[`${name}Json${piece === 0 ? '' : String(piece)}`] = text.slice(start, start + maxColumnChars);
      }
    }
  }
  return row;
}

/** The record of a row, checked by its schema; members without a column are null. */
export function fromRow<Schema extends z.ZodObject>(schema: Schema, row: Readonly<Record<string, unknown>>): z.infer<Schema> {
  const record = Object.keys(schema.shape).map((name): [string, unknown] => {
    if (row[name] !== undefined) return [name, row[name]];
    let text = '';
    for (let piece = 0; ; piece += 1) {
      const part = row[`${name}Json${piece === 0 ? '' : String(piece)}`];
      if (typeof part !== 'string') break;
      text += part;
    }
    return [name, text === '' ? null : JSON.parse(text)];
  });
  return schema.parse(Object.fromEntries(record));
}

/** The row under a key, or undefined. */
export async function findRow(table: TableClient, key: Key): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    return await table.getEntity(key.partitionKey, key.rowKey);
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}

/** Inserts one row; false when its key is taken. */
export async function insertRow(table: TableClient, row: TableEntity): Promise<boolean> {
  try {
    await table.createEntity(row);
    return true;
  } catch (error) {
    if (hasStatus(error, 409)) return false;
    throw error;
  }
}

/** Writes rows of one partition in transactions of up to 100, a few at a time. */
export async function writeRows(table: TableClient, kind: 'insertMissing' | 'replace', rows: readonly TableEntity[]): Promise<void> {
  const chunks: TableEntity[][] = [];
  for (let start = 0; start < rows.length; start += maxTransactionRows) chunks.push(rows.slice(start, start + maxTransactionRows));
  const work = chunks.values();
  const run = async (): Promise<void> => {
    for (const chunk of work) await (kind === 'replace' ? replaceChunk(table, chunk) : insertChunk(table, chunk));
  };
  await Promise.all(Array.from({ length: Math.min(parallelTransactions, chunks.length) }, run));
}

async function replaceChunk(table: TableClient, rows: readonly TableEntity[]): Promise<void> {
  await table.submitTransaction(rows.map((row): TransactionAction => ['upsert', row, 'Replace']));
}

async function insertChunk(table: TableClient, rows: readonly TableEntity[]): Promise<void> {
  try {
    await table.submitTransaction(rows.map((row): TransactionAction => ['create', row]));
  } catch (error) {
    // One row that exists refuses the whole transaction: an earlier try got here, so the rest goes in one by one.
    if (!hasStatus(error, 409)) throw error;
    for (const row of rows) await insertRow(table, row);
  }
}

/** One page of rows under a filter. */
export async function listRows(
  table: TableClient,
  filter: string,
  scope: string,
  options: { readonly pageSize: number; readonly continuationToken?: string | undefined },
): Promise<Page<Readonly<Record<string, unknown>>>> {
  const position = unpackToken(scope, options.continuationToken);
  const pages = table
    .listEntities({ queryOptions: { filter } })
    .byPage({ maxPageSize: options.pageSize, ...(position === undefined ? {} : { continuationToken: position }) });
  const items: Readonly<Record<string, unknown>>[] = [];
  let next: string | undefined;
  // A page of a filtered query may be short or empty although more follows.
  for await (const page of pages) {
    items.push(...page);
    next = z.string().optional().parse(page.continuationToken);
    break;
  }
  return { items, ...(next === undefined ? {} : { continuationToken: packToken(scope, next) }) };
}

/** Every row under a filter. */
export async function allRows(table: TableClient, filter: string): Promise<Readonly<Record<string, unknown>>[]> {
  const rows = [];
  for await (const row of table.listEntities({ queryOptions: { filter } })) rows.push(row);
  return rows;
}

export function hasStatus(error: unknown, status: number): boolean {
  return error instanceof RestError && error.statusCode === status;
}
