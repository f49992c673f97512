import type { HttpMethods, PipelineResponse } from '@azure/core-rest-pipeline';
import { z } from 'zod';
import { parseJson, removeByteOrderMark } from '../contracts/text.ts';
import { graphPolicy } from '../domain/policies.ts';
import type { Send } from './pipeline.ts';
import { problemOf } from './problems.ts';
import {
  type GraphProblem,
  type GraphResult,
  type NoResponse,
  retryAfterSeconds,
} from './result.ts';

const { defaultRetrySeconds, timerLeadSeconds } = graphPolicy;

// A redirect comes from a proxy: whether Graph received the request is not known.
const isRedirect = (status: number): boolean => status >= 300 && status < 400;

// Locked, too early, throttled: a write had no effect and can be repeated later.
const deferredStatuses: readonly number[] = [423, 425, 429];

/**
 * Converts a response to a result that the caller can act on (Graph: error responses, throttling).
 * A read can be repeated; a write that was sent may have taken effect. No response makes it throw.
 * @param operation the name of the call in problems
 * @param parse returns the value of a successful response's body; throws a ZodError if the body
 * does not have it
 */
function toGraphResult<T>(
  operation: string,
  kind: 'read' | 'write',
  response: PipelineResponse | NoResponse,
  parse: (body: unknown) => T,
): GraphResult<T> {
  if ('problem' in response)
    return response.wasSent && kind === 'write'
      ? { kind: 'unknown', seconds: 0, problem: response.problem }
      : { kind: 'retryAfter', seconds: defaultRetrySeconds, problem: response.problem };
  const { status, headers } = response;
  const headerSeconds = retryAfterSeconds(headers);
  const waitSeconds = headerSeconds === undefined ? undefined : headerSeconds + timerLeadSeconds;
  const retryAfter = (problem: GraphProblem): GraphResult<T> => ({
    kind: 'retryAfter',
    seconds: waitSeconds ?? defaultRetrySeconds,
    problem,
  });
  const unknown = (problem: GraphProblem): GraphResult<T> =>
    kind === 'read' ? retryAfter(problem) : { kind: 'unknown', seconds: waitSeconds ?? 0, problem };
  if (status >= 200 && status < 300) {
    const read = parsed(response, parse);
    if ('value' in read)
      return { kind: 'done', value: read.value, requestId: headers.get('request-id') ?? null };
    return unknown(unreadable(`${operation}: ${read.fault}`, problemOf(response)));
  }
  const problem = problemOf(response);
  if (deferredStatuses.includes(status)) return retryAfter(problem);
  if (status === 404 || (kind === 'write' && status === 410)) return { kind: 'notFound', problem };
  if (kind === 'write' && status === 409) return { kind: 'conflict', problem };
  if (
    status === 408 ||
    status < 200 ||
    (kind === 'write' && isRedirect(status)) ||
    (status >= 500 && status !== 501)
  )
    return unknown(problem);
  return { kind: 'rejected', problem };
}

/**
 * Returns the value of a successful response, or what is wrong with its body. A body that is not
 * JSON comes from a gateway or was cut off.
 */
function parsed<T>(
  { bodyAsText }: PipelineResponse,
  parse: (body: unknown) => T,
): { readonly value: T } | { readonly fault: string } {
  const text = removeByteOrderMark(bodyAsText ?? '').trim();
  const body = parseJson(text);
  if (text !== '' && body === undefined) return { fault: 'the body is not JSON' };
  try {
    return { value: parse(unwrapped(body)) };
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    return {
      fault: `the body is not what Graph documents (${error.issues.map(({ path }) => path.join('.')).join(', ')})`,
    };
  }
}

function unreadable(fault: string, problem: GraphProblem): GraphProblem {
  const code = 'unreadableResponse';
  return {
    ...problem,
    code,
    codes: [...problem.codes, code],
    message: problem.message === '' ? fault : `${fault}: ${problem.message}`,
  };
}

/**
 * Sends one request and returns its result. Every method but GET is a write, which may take effect
 * without a response.
 * @param operation the name of the call in problems
 * @param parse returns the value of a successful response's body
 */
export async function graphCall<T>(
  send: Send,
  operation: string,
  method: HttpMethods,
  url: string,
  parse: (body: unknown) => T,
  body?: object,
): Promise<GraphResult<T>> {
  return toGraphResult(
    operation,
    method === 'GET' ? 'read' : 'write',
    await send({ method, url, ...(body === undefined ? {} : { body }) }),
    parse,
  );
}

// Enough for 2,000 users in pages of one; more pages than that are a fault of Graph.
const maxPages = 2_500;

// Made once, because making a schema takes longer than parsing a page with it.
const pageSchema = z.looseObject({
  value: z.array(z.unknown()),
  '@odata.nextLink': z.unknown().optional(),
});

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextLink: unknown;
}

/**
 * Reads the items of a page. An unreadable item is skipped, so that the others are still returned.
 */
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
 * Reads all items of a list, each once. Follows `@odata.nextLink` unchanged until there is none,
 * past empty pages too (Graph: paging). The list also ends at a link to another host, because the
 * token is sent along, at a repeated link, and after `maxPages`. A caller that needs to know
 * whether one item exists must read that item.
 * @param operation the name of the list in problems, such as `list users`
 */
export async function listAll<Schema extends z.ZodType<{ readonly id: string }>>(
  operation: string,
  send: Send,
  firstUrl: string,
  schema: Schema,
): Promise<GraphResult<readonly z.output<Schema>[]>> {
  // Graph may return an item on two pages; the last version counts.
  const items = new Map<string, z.output<Schema>>();
  const seen = new Set<string>();
  let url: string | undefined = firstUrl;
  let requestId: string | null = null;
  while (url !== undefined && !seen.has(url) && seen.size < maxPages) {
    seen.add(url);
    const page: GraphResult<Page<z.output<Schema>>> = toGraphResult(
      operation,
      'read',
      await send({ method: 'GET', url }),
      (body) => pageOf(pageSchema.parse(body), schema),
    );
    if (page.kind !== 'done') return page;
    requestId = page.requestId;
    for (const item of page.value.items) items.set(item.id, item);
    url = sameHostUrl(page.value.nextLink, firstUrl);
  }
  return { kind: 'done', value: [...items.values()], requestId };
}

function sameHostUrl(link: unknown, firstUrl: string): string | undefined {
  if (typeof link !== 'string' || !URL.canParse(link)) return undefined;
  return new URL(link).origin === new URL(firstUrl).origin ? link : undefined;
}

/**
 * Escapes a text for the quotes of an OData key or function parameter: quotes are doubled, then all
 * is percent-encoded.
 */
export function odataText(text: string): string {
  return encodeURIComponent(text.replaceAll("'", "''")).replaceAll("'", '%27');
}

const wrapperSchema = z.looseObject({
  value: z.record(z.string(), z.unknown()),
  id: z.undefined().optional(),
});

/**
 * Returns the entity in a body. Some of Graph's pages show it bare, others as `{ "value": { … } }`.
 */
function unwrapped(body: unknown): unknown {
  const wrapper = wrapperSchema.safeParse(body);
  return wrapper.success ? wrapper.data.value : body;
}
