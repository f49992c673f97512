import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import type { z } from 'zod';
import type { PageAnswer } from '../shared/contracts/answers/page.ts';
import { nextLink } from '../shared/http/pageQuery.ts';
import { problemFields } from '../shared/http/problemFields.ts';
import { problemResponse } from '../shared/http/problemResponse.ts';
import { InvalidContinuationTokenError } from '../shared/storage/continuationToken.ts';
import type { Page } from '../shared/storage/stores.ts';

/** Answers a paged list as `{ "value": [...], "nextLink"? }`; a bad query member is a 400 that names it. */
export async function answerList<Schema extends z.ZodType, Item>(
  request: HttpRequest,
  schema: Schema,
  load: (query: z.infer<Schema>) => Promise<Page<Item>>,
): Promise<HttpResponseInit> {
  const query = parseQuery(request, schema);
  if (!query.ok) return query.problem;
  try {
    const page = await load(query.value);
    const next = page.continuationToken;
    const answer: PageAnswer<Item> = {
      value: [...page.items],
      ...(next === undefined ? {} : { nextLink: nextLink(request.url, next) }),
    };
    return { jsonBody: answer };
  } catch (error) {
    if (!(error instanceof InvalidContinuationTokenError)) throw error;
    return problemResponse(400, 'invalidQuery', 'the query has bad members', [
      {
        path: 'continuationToken',
        message: 'is not a token of this list; take it from nextLink, unchanged',
      },
    ]);
  }
}

/** Parses the query of a request, without the function key. */
export function parseQuery<Schema extends z.ZodType>(
  request: HttpRequest,
  schema: Schema,
):
  | { readonly ok: true; readonly value: z.infer<Schema> }
  | { readonly ok: false; readonly problem: HttpResponseInit } {
  const members = Object.fromEntries([...request.query].filter(([name]) => name !== 'code'));
  const parsed = schema.safeParse(members);
  if (parsed.success) return { ok: true, value: parsed.data };
  return {
    ok: false,
    problem: problemResponse(
      400,
      'invalidQuery',
      'the query has bad members',
      problemFields(parsed.error),
    ),
  };
}
