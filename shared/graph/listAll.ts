import { z } from 'zod';
import { asResult } from './asResult.ts';
import { GraphError } from './graphError.ts';
import { noAnswer, type Send } from './graphPipeline.ts';
import type { GraphResult } from './graphResult.ts';

// 2,000 users in pages of one still pass; more pages than that are a fault of the other side.
const maxPages = 2_500;

// Made once: to make a schema takes longer than to check a page with it.
const pageSchema = z.looseObject({ value: z.array(z.unknown()), '@odata.nextLink': z.string().optional() });

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextLink: string | undefined;
}

function pageOf<Schema extends z.ZodType>(page: z.infer<typeof pageSchema>, schema: Schema): Page<z.output<Schema>> {
  return { items: page.value.map((item) => schema.parse(item)), nextLink: page['@odata.nextLink'] };
}

/**
 * Every item of a list, once: follows `@odata.nextLink` as it came until there is none, also past an empty page (Graph: paging).
 * The link must stay at the same host, because the token goes with it.
 * @param operation names the list in errors, such as `list users`
 * @throws GraphError for a link that leads elsewhere or in a circle
 */
export async function listAll<Schema extends z.ZodType<{ readonly id: string }>>(operation: string, send: Send, firstUrl: string, schema: Schema): Promise<GraphResult<readonly z.output<Schema>[]>> {
  // A page may come twice: by its id an item is the same, and what was said of it last holds.
  const items = new Map<string, z.output<Schema>>();
  const seen = new Set<string>();
  let url: string | undefined = firstUrl;
  let requestId: string | null = null;
  while (url !== undefined) {
    if (seen.has(url) || seen.size >= maxPages) throw new GraphError(`${operation}: the next links never end`, { ...noAnswer, requestId });
    seen.add(url);
    const page: GraphResult<Page<z.output<Schema>>> = asResult(operation, 'read', await send({ method: 'GET', url }), (body) => pageOf(pageSchema.parse(body), schema));
    if (page.kind !== 'done') return page;
    requestId = page.requestId;
    for (const item of page.value.items) items.set(item.id, item);
    url = page.value.nextLink;
    if (url !== undefined && !(URL.canParse(url) && new URL(url).origin === new URL(firstUrl).origin)) {
      throw new GraphError(`${operation}: the next link leads to another host`, { ...noAnswer, requestId });
    }
  }
  return { kind: 'done', value: [...items.values()], requestId };
}
