import {
  InvalidContinuationTokenError,
  packToken,
  unpackToken,
} from '../../shared/storage/continuationToken.ts';
import type { Page } from '../../shared/storage/stores.ts';
import { copied } from './copied.ts';

/** A page of a list in memory, with the token of the next one. */
export function pageOf<T>(
  all: readonly T[],
  scope: string,
  options: { pageSize: number; continuationToken?: string | undefined },
): Promise<Page<T>> {
  try {
    const start = Number(unpackToken(scope, options.continuationToken) ?? 0);
    if (!Number.isInteger(start) || start < 0) throw new InvalidContinuationTokenError();
    const end = start + options.pageSize;
    const items = copied(all.slice(start, end));
    return Promise.resolve({
      items,
      ...(end < all.length ? { continuationToken: packToken(scope, String(end)) } : {}),
    });
  } catch (error) {
    return Promise.reject(error instanceof Error ? error : new Error(String(error)));
  }
}
