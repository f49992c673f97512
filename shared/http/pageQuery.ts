import { z } from 'zod';

/** The query members that every list takes. */
export function pageQuerySchema(defaultPageSize: number, maxPageSize: number) {
  return z.strictObject({
    pageSize: z.coerce.number().int().min(1).max(maxPageSize).default(defaultPageSize),
    continuationToken: z.string().max(2_000).optional(),
  });
}

/** The address of the next page: the caller's own, with the token set. */
export function nextLink(requestUrl: string, continuationToken: string): string {
  const url = new URL(requestUrl);
  url.searchParams.delete('code');
  url.searchParams.set('continuationToken', continuationToken);
  return url.href;
}
