import { RestError, type TableClient, type TableEntity, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import { isPlainText } from '../contracts/plainText.ts';
import { parseJson } from '../domain/parseJson.ts';
import { InvalidContinuationTokenError, packToken, unpackToken } from './continuationToken.ts';
import type { Page } from './stores.ts';

/** How many characters one column holds, whatever they are: it takes 64 KiB of UTF-16. */
export const maxColumnChars = 30_000;
// Azurite takes a transaction apart line by line, ends lines here as well, and then refuses every transaction that follows.
const lineEnds = /[\u2028\u2029]/;
// Every refusal means that another writer got through, so many in a row mean that something else is wrong.
const maxChangeTries = 50;

export interface Key {
  readonly partitionKey: string;
  readonly rowKey: string;
}

/**
 * A record as columns: numbers, flags and short texts as they are, so that anybody can filter on them; the rest as JSON
 * under `<name>Json`, cut into pieces where a column's 64 KiB would not hold it; so are texts that end lines by U+2028 or
 * U+2029. A null is an absent column.
 */
export function toRow(key: Key, record: object): TableEntity {
  const row: TableEntity = { ...key };
  for (const [name, value] of Object.entries(record) as [string, unknown][]) {
    if (value === null || value === undefined) continue;
    if (typeof value === 'number' || typeof value === 'boolean') row[name] = value;
    else if (typeof value === 'string' && value.length <= maxColumnChars && !lineEnds.test(value)) row[name] = value;
    else {
      const text = JSON.stringify(value).replaceAll(/[\u2028\u2029]/g, (end) => (end === '\u2028' ? '\\u2028' : '\\u2029'));
      for (const [piece, part] of [...pieces(text)].entries()) row[`${name}Json${piece === 0 ? '' : String(piece)}`] = part;
    }
  }
  return row;
}

/** Never cut between the halves of a character beyond the first plane: on their own they cannot be sent. */
function* pieces(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const isHalved = /[\uD800-\uDBFF]/.test(text.charAt(start + maxColumnChars - 1));
    const end = start + maxColumnChars - (isHalved && start + maxColumnChars < text.length ? 1 : 0);
    yield text.slice(start, end);
    start = end;
  }
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

/** The row under a key, with the given columns only, if any are given; or undefined. */
export async function findRow(table: TableClient, key: Key, select?: string[]): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    return await table.getEntity(key.partitionKey, key.rowKey, select === undefined ? {} : { queryOptions: { select } });
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

/** Inserts rows of one partition, up to 100, all or none; false when a key is taken. */
export async function insertRows(table: TableClient, rows: readonly TableEntity[]): Promise<boolean> {
  try {
    await table.submitTransaction(rows.map((row): TransactionAction => ['create', row]));
    return true;
  } catch (error) {
    if (hasStatus(error, 409)) return false;
    throw error;
  }
}

/**
 * Changes a row to what `change` makes of it, also when others write it at the same time; false when there is no such row.
 * `change` may be called again, with the row as another writer left it; undefined from it leaves the row alone (false).
 */
export async function changeRow(
  table: TableClient,
  key: Key,
  change: (row: Readonly<Record<string, unknown>>) => object | undefined,
): Promise<boolean> {
  for (let tries = 1; ; tries += 1) {
    const row = await findRow(table, key);
    const changed = row === undefined ? undefined : change(row);
    if (row === undefined || changed === undefined) return false;
    try {
      await table.updateEntity(toRow(key, changed), 'Replace', { etag: z.string().parse(row['etag']) });
      return true;
    } catch (error) {
      if (!hasStatus(error, 412) || tries === maxChangeTries) throw error;
    }
  }
}

/** One page of rows under a filter, with the given columns only, if any are given. */
export async function listRows(
  table: TableClient,
  filter: string,
  scope: string,
  options: { readonly pageSize: number; readonly continuationToken?: string | undefined },
  select?: string[],
): Promise<Page<Readonly<Record<string, unknown>>>> {
  const position = unpackToken(scope, options.continuationToken);
  if (position !== undefined && !isPosition(position)) throw new InvalidContinuationTokenError();
  const pages = table
    .listEntities({ queryOptions: { filter, ...(select === undefined ? {} : { select }) } })
    .byPage({ maxPageSize: options.pageSize, ...(position === undefined ? {} : { continuationToken: position }) });
  const items: Readonly<Record<string, unknown>>[] = [];
  let next: string | undefined;
  // A page of a filtered query may be short or empty although more follows.
  try {
    for await (const page of pages) {
      items.push(...page);
      next = z.string().optional().parse(page.continuationToken);
      break;
    }
  } catch (error) {
    // The filter is our own: what storage cannot read is the position.
    if (position !== undefined && hasStatus(error, 400)) throw new InvalidContinuationTokenError();
    throw error;
  }
  return { items, ...(next === undefined ? {} : { continuationToken: packToken(scope, next) }) };
}

const keySchema = z.string().refine(isPlainText);
const positionSchema = z.strictObject({ nextPartitionKey: keySchema.min(1), nextRowKey: keySchema.optional() });

/** Whether the SDK can read it; with anything else it fails as if storage did. */
function isPosition(position: string): boolean {
  return positionSchema.safeParse(parseJson(Buffer.from(position, 'base64').toString('utf8'))).success;
}

/** Every row under a filter, with the given columns only, if any are given. */
export async function allRows(table: TableClient, filter: string, select?: string[]): Promise<Readonly<Record<string, unknown>>[]> {
  const rows = [];
  for await (const row of table.listEntities({ queryOptions: { filter, ...(select === undefined ? {} : { select }) } })) rows.push(row);
  return rows;
}

export function hasStatus(error: unknown, status: number): boolean {
  return error instanceof RestError && error.statusCode === status;
}
