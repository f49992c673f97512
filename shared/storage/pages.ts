import { z } from 'zod';
import { parseJson } from '../domain/text.ts';

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
