import type { TableClient } from '@azure/data-tables';
import { z } from 'zod';
import { isPlainText } from '../contracts/text.ts';
import { parseJson } from '../domain/text.ts';
import type { Row } from './encoding.ts';
import { hasStatus } from './table.ts';

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
