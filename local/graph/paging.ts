import { z } from 'zod';
import { parseJson } from '../../shared/domain/parseJson.ts';
import { GraphRefusal } from './graphAnswer.ts';

const tokenSchema = z.tuple([z.looseObject({ after: z.string() })]);

/**
 * One page of a collection (Graph: paging). The link is a whole address with an opaque token, and its path is written in
 * other letters than the caller's: clients must follow it as it is. `$top` is clamped.
 */
export function pageOf<T>(
  all: readonly T[],
  idOf: (item: T) => string,
  request: { readonly url: URL; readonly pageSize: number },
): { readonly items: readonly T[]; readonly nextLink?: string } {
  const { url, pageSize } = request;
  const top = url.searchParams.get('$top');
  if (top !== null && !/^[1-9]\d*$/.test(top)) throw new GraphRefusal(400, 'BadRequest', '$top must be a positive number.');
  const size = Math.min(top === null ? pageSize : Number(top), 100);
  const token = url.searchParams.get('$skiptoken');
  let start = 0;
  if (token !== null) {
    const parsed = tokenSchema.safeParse(parseJson(token));
    const found = parsed.success ? all.findIndex((item) => idOf(item) === parsed.data[0].after) : -1;
    if (found === -1) throw new GraphRefusal(400, 'BadRequest', 'The skip token is not valid.');
    start = found + 1;
  }
  const items = all.slice(start, start + size);
  const last = items.at(-1);
  if (last === undefined || start + size >= all.length) return { items };
  const next = new URL(url);
  next.pathname = next.pathname.replace(/crossTenantMigrationJobs/i, 'CrossTenantMigrationJobs');
  next.search = `?$skiptoken=${encodeURIComponent(JSON.stringify([{ after: idOf(last) }]))}${top === null ? '' : `&$top=${top}`}`;
  return { items, nextLink: next.href };
}
