import { z } from 'zod';
import { asResult } from './asResult.ts';
import type { Send } from './graphPipeline.ts';
import type { GraphResult } from './graphResult.ts';

// 2,000 users in pages of one still pass; more pages than that are a fault of the other side.
const maxPages = 2_500;

// Made once: to make a schema takes longer than to check a page with it.
const pageSchema = z.looseObject({
  value: z.array(z.unknown()),
  '@odata.nextLink': z.unknown().optional(),
});

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextLink: unknown;
}

/** An item that cannot be read is left out: it loses none of the others. */
function pageOf<Schema extends z.ZodType>(
  page: z.infer<typeof pageSchema>,
  schema: Schema,
): Page<z.output<Schema>> {
  const items = page.value.flatMap((item) => {
    const parsed = schema.safeParse(item);
    return parsed.success ? [parsed.data] : [];
  });
  return { items, nextLink: page['@odata.nextLink'] };
}

/**
 * Reads the items of a list, each once: follows `@odata.nextLink` as it came until there is none, also past an empty page (Graph:
 * paging). A link that is no address of the same host, because the token goes with it, or that was followed already ends the list,
 * and so does a page beyond all measure: whoever must know of an item that is not there asks for it by itself.
 * @param operation names the list in problems, such as `list users`
 */
export async function listAll<Schema extends z.ZodType<{ readonly id: string }>>(
  operation: string,
  send: Send,
  firstUrl: string,
  schema: Schema,
): Promise<GraphResult<readonly z.output<Schema>[]>> {
  // A page may come twice: by its id an item is the same, and what was said of it last holds.
  const items = new Map<string, z.output<Schema>>();
  const seen = new Set<string>();
  let url: string | undefined = firstUrl;
  let requestId: string | null = null;
  while (url !== undefined && !seen.has(url) && seen.size < maxPages) {
    seen.add(url);
    const page: GraphResult<Page<z.output<Schema>>> = asResult(
      operation,
      'read',
      await send({ method: 'GET', url }),
      (body) => pageOf(pageSchema.parse(body), schema),
    );
    if (page.kind !== 'done') return page;
    requestId = page.requestId;
    for (const item of page.value.items) items.set(item.id, item);
    url = followable(page.value.nextLink, firstUrl);
  }
  return { kind: 'done', value: [...items.values()], requestId };
}

function followable(link: unknown, firstUrl: string): string | undefined {
  if (typeof link !== 'string' || !URL.canParse(link)) return undefined;
  return new URL(link).origin === new URL(firstUrl).origin ? link : undefined;
}
