import { z } from 'zod';
import { asResult } from './asResult.ts';
import { GraphError } from './graphError.ts';
import { noAnswer, type Send } from './graphPipeline.ts';
import type { GraphResult } from './graphResult.ts';
import type { JobTask } from './jobClient.ts';
import { jobTaskSchema } from './jobShapes.ts';

// 2,000 users in pages of one would still pass; more pages than that are a fault of the other side.
const maxPages = 2_500;

const pageSchema = z.looseObject({ value: z.array(z.unknown()), '@odata.nextLink': z.string().optional() });

/**
 * Every user of a job: follows `@odata.nextLink` as it came until there is none, also past an empty page (Graph: paging).
 * The link must stay at the same host, because the token goes with it.
 * @throws GraphError for a link that leads elsewhere or in a circle
 */
export async function listJobTasks(send: Send, firstUrl: string): Promise<GraphResult<readonly JobTask[]>> {
  const tasks: JobTask[] = [];
  const seen = new Set<string>();
  let url: string | undefined = firstUrl;
  let requestId: string | null = null;
  while (url !== undefined) {
    if (seen.has(url) || seen.size >= maxPages) throw new GraphError('list users: the next links never end', { ...noAnswer, requestId });
    seen.add(url);
    const page: GraphResult<z.infer<typeof pageSchema>> = asResult('list users', 'read', await send({ method: 'GET', url }), (body) => pageSchema.parse(body));
    if (page.kind !== 'done') return page;
    requestId = page.requestId;
    tasks.push(...page.value.value.map((item) => jobTaskSchema.parse(item)));
    url = page.value['@odata.nextLink'];
    if (url !== undefined && !(URL.canParse(url) && new URL(url).origin === new URL(firstUrl).origin)) {
      throw new GraphError('list users: the next link leads to another host', { ...noAnswer, requestId });
    }
  }
  return { kind: 'done', value: tasks, requestId };
}
