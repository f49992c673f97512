import { hash } from 'node:crypto';
import { RestError, type TableClient, type TableEntity } from '@azure/data-tables';
import { z } from 'zod';
import type { SharePointParameters } from '../contracts/sharePointParameters.ts';
import { isPlainText, parseJson } from '../contracts/text.ts';
import { sourceKey } from '../domain/sharePoint.ts';

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

/**
 * Returns the row to merge that changes the members; undefined if a merge cannot do it. A merge
 * removes no columns, so each member must be stored in the column of its own name. That column
 * counts, whatever other columns an earlier value of the member has left.
 */
export function mergedRow(key: Key, changes: object): TableEntity | undefined {
  const row = toRow(key, changes);
  return Object.keys(changes).every((name) => row[name] !== undefined) ? row : undefined;
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
    // `mergedRow` relies on this column being read first.
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

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/**
 * Parses a stored value. Unknown members are dropped, even where the schema is strict: a later
 * release has written them. Throws a ZodError for any other error.
 */
export function parseStored<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  let known = value;
  for (;;) {
    const parsed = schema.safeParse(known);
    if (parsed.success) return parsed.data;
    const unknown = parsed.error.issues.flatMap((issue) => unknownMembers(issue, []));
    // The value of the caller must not be changed.
    if (known === value) known = structuredClone(value);
    if (!unknown.map((path) => removed(known, path)).some(Boolean)) throw parsed.error;
  }
}

/**
 * Returns the paths of unknown members in an issue. For a union, those of the first option with no
 * other errors.
 */
function unknownMembers(issue: Issue, base: Path): Path[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => [...path, key]);
  if (issue.code !== 'invalid_union') return [];
  const option = issue.errors.find(
    (issues) => issues.length > 0 && issues.every((one) => unknownMembers(one, path).length > 0),
  );
  return option?.flatMap((one) => unknownMembers(one, path)) ?? [];
}

/** Removes the member at a path. Returns false if there is none. */
function removed(value: unknown, path: Path): boolean {
  const [name, ...rest] = path;
  if (
    name === undefined ||
    typeof value !== 'object' ||
    value === null ||
    !Object.hasOwn(value, name)
  )
    return false;
  return rest.length === 0
    ? Reflect.deleteProperty(value, name)
    : removed(Reflect.get(value, name), rest);
}

/** Returns the SHA-256, in hex, over JSON values in the given order. */
export function contentHash(...parts: readonly unknown[]): string {
  return hash('sha256', JSON.stringify(parts), 'hex');
}

/**
 * Returns the id of a SharePoint task: a version 8 GUID (RFC 9562) derived from its source, so the
 * same source always has the same id.
 */
export function sharePointTaskId(parameters: SharePointParameters): string {
  const hash = contentHash(sourceKey(parameters));
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}

/**
 * Returns a row key that sorts the newest first: the milliseconds remaining until the year 2286,
 * then the id.
 */
export function newestFirst({ id, atMs }: { readonly id: string; readonly atMs: number }): string {
  return `${String(9_999_999_999_999 - atMs).padStart(13, '0')}.${id}`;
}

/** A page of a list. `continuationToken` is opaque and absent on the last page. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly continuationToken?: string;
}

/** A continuation token that was issued by another list. */
export class InvalidContinuationTokenError extends Error {
  override readonly name = 'InvalidContinuationTokenError';

  constructor() {
    super(
      'the continuation token does not belong to this list; copy it unchanged from the previous page',
    );
  }
}

const tokenSchema = z.tuple([z.literal(1), z.string(), z.string()]);

/**
 * Returns a continuation token for a position in a list. `scope` names the list and its filter. The
 * token is safe in a URL.
 */
export function packToken(scope: string, position: string): string {
  return Buffer.from(JSON.stringify([1, scope, position])).toString('base64url');
}

/**
 * Returns the position in a continuation token. Throws an InvalidContinuationTokenError for a token
 * of another list.
 */
export function unpackToken(scope: string, token: string | undefined): string | undefined {
  if (token === undefined) return undefined;
  const parsed = tokenSchema.safeParse(parseJson(Buffer.from(token, 'base64url').toString('utf8')));
  if (!parsed.success || parsed.data[1] !== scope) throw new InvalidContinuationTokenError();
  return parsed.data[2];
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
    if (position !== undefined && error instanceof RestError && error.statusCode === 400)
      throw new InvalidContinuationTokenError();
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
