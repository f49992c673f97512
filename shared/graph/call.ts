import type { HttpMethods, PipelineResponse } from '@azure/core-rest-pipeline';
import { z } from 'zod';
import { decodeText, parseJson } from '../domain/text.ts';
import { unwrapped } from './jobs.ts';
import type { Send } from './pipeline.ts';
import { problemOf } from './problems.ts';
import { type GraphProblem, type GraphResult, retryAfterSeconds } from './result.ts';
import type { Unanswered } from './unanswered.ts';

const defaultRetrySeconds = 30;

/** On Azure a durable timer, on which a caller spends what Graph has asked for, fires up to a second before its time. */
const timerLeadSeconds = 1;

/** Not Graph's word but that of something in between: whether Graph was asked is not known. */
const isRedirect = (status: number): boolean => status >= 300 && status < 400;

/** A write that was answered so has had no effect, and may have one later: throttled, locked, too early. */
const putOff: readonly number[] = [423, 425, 429];

/**
 * Sorts an answer into what the caller can act on (Graph: error responses, throttling). A read that has told nothing may simply be
 * repeated; a write that was sent may have taken effect. Nothing that Graph can answer makes it throw.
 * @param operation what the call is named by in a problem
 * @param parse makes the value out of the body of a success; throws a ZodError where the body does not have it
 */
export function asResult<T>(
  operation: string,
  kind: 'read' | 'write',
  answer: PipelineResponse | Unanswered,
  parse: (body: unknown) => T,
): GraphResult<T> {
  if ('problem' in answer)
    return answer.wasSent && kind === 'write'
      ? { kind: 'unknown', seconds: 0, problem: answer.problem }
      : { kind: 'retryAfter', seconds: defaultRetrySeconds, problem: answer.problem };
  const { status, headers } = answer;
  const askedSeconds = retryAfterSeconds(headers);
  const asked = askedSeconds === undefined ? undefined : askedSeconds + timerLeadSeconds;
  const later = (problem: GraphProblem): GraphResult<T> => ({
    kind: 'retryAfter',
    seconds: asked ?? defaultRetrySeconds,
    problem,
  });
  const unclear = (problem: GraphProblem): GraphResult<T> =>
    kind === 'read' ? later(problem) : { kind: 'unknown', seconds: asked ?? 0, problem };
  if (status >= 200 && status < 300) {
    const read = parsed(answer, parse);
    if ('value' in read)
      return { kind: 'done', value: read.value, requestId: headers.get('request-id') ?? null };
    return unclear(unreadable(`${operation}: ${read.fault}`, problemOf(answer)));
  }
  const problem = problemOf(answer);
  if (putOff.includes(status)) return later(problem);
  if (status === 404 || (kind === 'write' && status === 410)) return { kind: 'notFound', problem };
  if (kind === 'write' && status === 409) return { kind: 'conflict', problem };
  if (
    status === 408 ||
    status < 200 ||
    (kind === 'write' && isRedirect(status)) ||
    (status >= 500 && status !== 501)
  )
    return unclear(problem);
  return { kind: 'rejected', problem };
}

/** The value of a success, or what is wrong with its body. A body that is no JSON is a gateway's page or a part of an answer. */
function parsed<T>(
  { bodyAsText }: PipelineResponse,
  parse: (body: unknown) => T,
): { readonly value: T } | { readonly fault: string } {
  const text = decodeText(bodyAsText ?? '').trim();
  const body = parseJson(text);
  if (text !== '' && body === undefined) return { fault: 'the body is no JSON' };
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
 * Sends one request and sorts its answer; everything but a GET is a write, which may have taken effect without an answer.
 * @param operation what it is called in errors
 * @param parse makes the value out of the body of a success
 */
export async function graphCall<T>(
  send: Send,
  operation: string,
  method: HttpMethods,
  url: string,
  parse: (body: unknown) => T,
  body?: object,
): Promise<GraphResult<T>> {
  return asResult(
    operation,
    method === 'GET' ? 'read' : 'write',
    await send({ method, url, ...(body === undefined ? {} : { body }) }),
    parse,
  );
}

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

/** A text inside the quotes of a key or a function's parameter (OData: a quote is doubled, then the whole is percent-encoded). */
export function odataText(text: string): string {
  return encodeURIComponent(text.replaceAll("'", "''")).replaceAll("'", '%27');
}
