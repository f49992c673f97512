import { z } from 'zod';
import { GraphError } from './graphResponse.ts';
import { parseJson } from './json.ts';

const tokenSchema = z.tuple([z.looseObject({ after: z.string() })]);

/**
 * Returns one page of a collection (Graph: paging). The link is an absolute URL with an opaque token. Its path is spelled
 * differently from the request's, so that a client must follow the link as it is. `$top` is limited to 100.
 */
export function pageOf<T>(
  all: readonly T[],
  idOf: (item: T) => string,
  request: { readonly url: URL; readonly pageSize: number; readonly emptyFirstPage?: boolean },
): { readonly items: readonly T[]; readonly nextLink?: string } {
  const { url, pageSize } = request;
  const top = url.searchParams.get('$top');
  if (top !== null && !/^[1-9]\d*$/.test(top))
    throw new GraphError(400, 'BadRequest', '$top must be a positive number.');
  const size = Math.min(top === null ? pageSize : Number(top), 100);
  const linkAfter = (after: string): string => {
    const next = new URL(url);
    next.pathname = next.pathname.replace(/crossTenantMigrationJobs/i, 'CrossTenantMigrationJobs');
    next.search = `?$skiptoken=${encodeURIComponent(JSON.stringify([{ after }]))}${top === null ? '' : `&$top=${top}`}`;
    return next.href;
  };
  const token = url.searchParams.get('$skiptoken');
  if (token === null && request.emptyFirstPage === true && all.length > 0)
    return { items: [], nextLink: linkAfter('') };
  const start = token === null ? 0 : startAfter(token, all.map(idOf));
  const items = all.slice(start, start + size);
  const last = items.at(-1);
  if (last === undefined || start + size >= all.length) return { items };
  return { items, nextLink: linkAfter(idOf(last)) };
}

/** Returns the index of the first item after the one that a token names; an empty name means the start. */
function startAfter(token: string, ids: readonly string[]): number {
  const parsed = tokenSchema.safeParse(parseJson(token));
  const after = parsed.success ? parsed.data[0].after : undefined;
  if (after === '') return 0;
  const index = after === undefined ? -1 : ids.indexOf(after);
  if (index === -1) throw new GraphError(400, 'BadRequest', 'The skip token is not valid.');
  return index + 1;
}
