import {
  RestError,
  type TableClient,
  type TableEntity,
  type TransactionAction,
} from '@azure/data-tables';
import { z } from 'zod';
import { isPlainText } from '../contracts/text.ts';
import { parseJson } from '../domain/text.ts';
import { InvalidContinuationTokenError, packToken, unpackToken, type Page } from './pages.ts';
import { parseStored } from './encoding.ts';
import { optimisticWrite, writeConflict } from './concurrentWrites.ts';

/** The number of characters that fit in a column of 64 KiB in UTF-16. */
export const maxColumnChars = 30_000;
// Azurite splits transactions at these characters too, and then rejects all following transactions.
const lineEnds = /[\u2028\u2029]/;
// Columns that storage itself adds.
const ownColumns = ['etag', 'timestamp', 'odata.metadata'];

/** A row as it was read: the columns by name, including columns that this release does not know. */
export type Row = Readonly<Record<string, unknown>>;

export interface Key {
  readonly partitionKey: string;
  readonly rowKey: string;
}
const keySchema = z.object({ partitionKey: z.string(), rowKey: z.string() });

/**
 * Converts a record to columns. Numbers, booleans and short texts are stored as they are, so that
 * anyone can filter on them; other values as JSON under `<name>Json`, in several columns if
 * necessary. Texts with U+2028 or U+2029 are stored as JSON too. A null has no column.
 */
export function toRow(key: Key, record: object): TableEntity {
  const row: TableEntity = { ...key };
  for (const [name, value] of Object.entries(record) as [string, unknown][])
    Object.assign(row, columnsOf(name, value));
  return row;
}

/** Returns the columns of one member of a record. */
export function columnsOf(
  name: string,
  value: unknown,
): Readonly<Record<string, string | number | boolean>> {
  if (value === null || value === undefined) return {};
  if (typeof value === 'number' || typeof value === 'boolean') return { [name]: value };
  if (typeof value === 'string' && value.length <= maxColumnChars && !lineEnds.test(value))
    return { [name]: value };
  const text = JSON.stringify(value).replaceAll(/[\u2028\u2029]/g, (end) =>
    end === '\u2028' ? '\\u2028' : '\\u2029',
  );
  return Object.fromEntries(
    [...pieces(text)].map((part, piece) => [
      `${name}Json${piece === 0 ? '' : String(piece)}`,
      part,
    ]),
  );
}

/**
 * Returns a row with changed members. The columns of other members stay as they were read,
 * including those of another release. A null removes the columns of a member.
 */
export function changedRow(row: Row, changes: object): TableEntity {
  const members = new Set(Object.keys(changes));
  const memberOf = (column: string): string => column.replace(/Json\d*$/, '');
  const stored = Object.entries(row).filter(
    ([column]) =>
      !ownColumns.includes(column) && !members.has(column) && !members.has(memberOf(column)),
  );
  return toRow({ ...keySchema.parse(row), ...Object.fromEntries(stored) }, changes);
}

/** Splits a text into columns, never within a surrogate pair: half a pair cannot be sent. */
function* pieces(text: string): Generator<string> {
  for (let start = 0; start < text.length;) {
    const isHalved = /[\uD800-\uDBFF]/.test(text.charAt(start + maxColumnChars - 1));
    const end = start + maxColumnChars - (isHalved && start + maxColumnChars < text.length ? 1 : 0);
    yield text.slice(start, end);
    start = end;
  }
}

/**
 * Returns the record of a row, validated by its schema. Members without a column are null, unknown
 * members are dropped.
 */
export function fromRow<Schema extends z.ZodObject>(schema: Schema, row: Row): z.infer<Schema> {
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
  return parseStored(schema, Object.fromEntries(record));
}

/** Reads a row, or only the given columns; undefined if it does not exist. */
export async function findRow(
  table: TableClient,
  key: Key,
  select?: string[],
): Promise<Row | undefined> {
  try {
    return await table.getEntity(
      key.partitionKey,
      key.rowKey,
      select === undefined ? {} : { queryOptions: { select } },
    );
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}

/** Inserts a row. Returns false if its key exists. */
export async function insertRow(table: TableClient, row: TableEntity): Promise<boolean> {
  try {
    await table.createEntity(row);
    return true;
  } catch (error) {
    if (hasStatus(error, 409)) return false;
    throw error;
  }
}

/** Inserts up to 100 rows of one partition, all or none. Returns false if a key exists. */
export async function insertRows(
  table: TableClient,
  rows: readonly TableEntity[],
): Promise<boolean> {
  try {
    await table.submitTransaction(rows.map((row): TransactionAction => ['create', row]));
    return true;
  } catch (error) {
    if (hasStatus(error, 409)) return false;
    throw error;
  }
}

/**
 * Changes the members of a row that `change` returns, even if others change it at the same time.
 * Other columns stay as they are. `change` may be called several times. Returns false if the row
 * does not exist or `change` returns undefined.
 */
export function changeRow(
  table: TableClient,
  key: Key,
  change: (row: Row) => object | undefined,
): Promise<boolean> {
  return optimisticWrite(`a row of ${table.tableName}`, async () => {
    const row = await findRow(table, key);
    const changes = row === undefined ? undefined : change(row);
    if (row === undefined || changes === undefined) return false;
    return (await replaceRow(table, row, changes)) === undefined ? writeConflict : true;
  });
}

/**
 * Writes changes to a row as it was read, and returns the new row; undefined if another writer
 * changed it first.
 */
export async function replaceRow(
  table: TableClient,
  row: Row,
  changes: object,
): Promise<Row | undefined> {
  const changed = changedRow(row, changes);
  try {
    const { etag } = await table.updateEntity(changed, 'Replace', { etag: etagOf(row) });
    return { ...changed, etag };
  } catch (error) {
    // A deleted row is found missing by the next try.
    if (isWriteConflict(error)) return undefined;
    throw error;
  }
}

/** Returns a page of rows that match a filter, or only the given columns. */
export async function listRows(
  table: TableClient,
  filter: string,
  scope: string,
  options: { readonly pageSize: number; readonly continuationToken?: string | undefined },
  select?: string[],
): Promise<Page<Row>> {
  const position = unpackToken(scope, options.continuationToken);
  if (position !== undefined && !isPosition(position)) throw new InvalidContinuationTokenError();
  const pages = table
    .listEntities({ queryOptions: { filter, ...(select === undefined ? {} : { select }) } })
    .byPage({
      maxPageSize: options.pageSize,
      ...(position === undefined ? {} : { continuationToken: position }),
    });
  const items: Row[] = [];
  let next: string | undefined;
  // A page of a filtered query may be short or empty although more pages follow.
  try {
    for await (const page of pages) {
      items.push(...page);
      next = z.string().optional().parse(page.continuationToken);
      break;
    }
  } catch (error) {
    // The filter is always valid, so a 400 means that the position is not.
    if (position !== undefined && hasStatus(error, 400)) throw new InvalidContinuationTokenError();
    throw error;
  }
  return { items, ...(next === undefined ? {} : { continuationToken: packToken(scope, next) }) };
}

const keyTextSchema = z.string().refine(isPlainText);
const positionSchema = z.strictObject({
  nextPartitionKey: keyTextSchema.min(1),
  nextRowKey: keyTextSchema.optional(),
});

/** Returns true if the SDK can read a position. With any other, it fails as if storage did. */
function isPosition(position: string): boolean {
  return positionSchema.safeParse(parseJson(Buffer.from(position, 'base64').toString('utf8')))
    .success;
}

/** Returns all rows that match a filter, or only the given columns. */
export async function allRows(
  table: TableClient,
  filter: string,
  select?: string[],
): Promise<Row[]> {
  const rows = [];
  for await (const row of table.listEntities({
    queryOptions: { filter, ...(select === undefined ? {} : { select }) },
  }))
    rows.push(row);
  return rows;
}

export function hasStatus(error: unknown, status: number): boolean {
  return error instanceof RestError && error.statusCode === status;
}

/** Returns true if a conditional write or a transaction was rejected because of another writer. */
export function isWriteConflict(error: unknown): boolean {
  return (
    hasStatus(error, 409) ||
    hasStatus(error, 412) ||
    (hasStatus(error, 404) && !isTableMissing(error))
  );
}

function isTableMissing(error: unknown): boolean {
  return (
    error instanceof RestError &&
    (error.code === 'TableNotFound' || error.message.includes('TableNotFound'))
  );
}

export function etagOf(row: Row): string {
  return z.string().parse(row['etag']);
}
