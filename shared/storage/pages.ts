import { z } from 'zod';
import { parseJson } from '../domain/text.ts';

/** A page of a list; `continuationToken` is opaque and absent on the last page. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly continuationToken?: string;
}

/** A continuation token that this list did not issue. */
export class InvalidContinuationTokenError extends Error {
  override readonly name = 'InvalidContinuationTokenError';

  constructor() {
    super(
      'the continuation token is not one of this list; take it from the previous page, unchanged',
    );
  }
}

const tokenSchema = z.tuple([z.literal(1), z.string(), z.string()]);

/** Packs a position of a list; `scope` says which list and filter it belongs to. Safe in a query as it is. */
export function packToken(scope: string, position: string): string {
  return Buffer.from(JSON.stringify([1, scope, position])).toString('base64url');
}

/** Unpacks a token; throws an InvalidContinuationTokenError for a foreign one. */
export function unpackToken(scope: string, token: string | undefined): string | undefined {
  if (token === undefined) return undefined;
  const parsed = tokenSchema.safeParse(parseJson(Buffer.from(token, 'base64url').toString('utf8')));
  if (!parsed.success || parsed.data[1] !== scope) throw new InvalidContinuationTokenError();
  return parsed.data[2];
}
