import { z } from 'zod';
import { parseJson } from '../../shared/domain/text.ts';
import { GraphRefusal } from './graphAnswer.ts';

const tokenSchema = z.tuple([z.looseObject({ after: z.string() })]);

/**
 * One page of a collection (Graph: paging). The link is a whole address with an opaque token, and its path is written in
 * other letters than the caller's: clients must follow it as it is. `$top` is clamped.
 */
export function pageOf<T>(
  all: readonly T[],
  idOf: (item: T) => string,
  request: { readonly url: URL; readonly pageSize: number; readonly emptyFirstPage?: boolean },
): { readonly items: readonly T[]; readonly nextLink?: string } {
  const { url, pageSize } = request;
  const top = url.searchParams.get('$top');
  if (top !== null && !/^[1-9]\d*$/.test(top))
    throw new GraphRefusal(400, 'BadRequest', '$top must be a positive number.');
  const size = Math.min(top === null ? pageSize : Number(top), 100);
  const linkAfter = (after: string): string => {
    const next = new URL(url);
    next.pathname = next.pathname.replace(/crossTenantMigrationJobs/i, 'CrossTenantMigrationJobs');
    next.search = `?$skiptoken=${encodeURIComponent(JSON.stringify([{ after }]))}${top === null ? '' : `&$top=${top}`}`;
    return next.href;
  };
  const token = url.searchParams.get('$skiptoken');
  let start = 0;
  if (token !== null) {
    const parsed = tokenSchema.safeParse(parseJson(token));
    const atStart = parsed.success && parsed.data[0].after === '';
    const found = atStart
      ? -1
      : parsed.success
        ? all.findIndex((item) => idOf(item) === parsed.data[0].after)
        : -1;
    if (found === -1 && !atStart)
      throw new GraphRefusal(400, 'BadRequest', 'The skip token is not valid.');
    start = found + 1;
  } else if (request.emptyFirstPage === true && all.length > 0) {
    return { items: [], nextLink: linkAfter('') };
  }
  const items = all.slice(start, start + size);
  const last = items.at(-1);
  if (last === undefined || start + size >= all.length) return { items };
  return { items, nextLink: linkAfter(idOf(last)) };
}
