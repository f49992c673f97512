import type { IncomingMessage } from 'node:http';

/** The key that a request brings: header `x-functions-key`, else the query's `code`. */
export function presentedKey(request: IncomingMessage, url: URL): string | undefined {
  const header = request.headers['x-functions-key'];
  if (typeof header === 'string') return header;
  return url.searchParams.get('code') ?? undefined;
}
