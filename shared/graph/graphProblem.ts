import type { PipelineResponse } from '@azure/core-rest-pipeline';
import { parseJson } from '../domain/parseJson.ts';
import { type ErrorNode, errorNodes, plainError } from './errorNodes.ts';
import type { GraphProblem } from './graphResult.ts';
import { membersOf, textOf } from './looseText.ts';

/** What an answer says went wrong. The body may be missing or a gateway's HTML: then only the status speaks. */
export function problemOf(response: PipelineResponse): GraphProblem {
  const nodes = errorsIn(parseJson(response.bodyAsText ?? ''));
  const codes = nodes.flatMap(codesIn);
  return {
    httpStatus: response.status,
    code: codes.at(-1) ?? '',
    codes,
    message: nodes.flatMap(messagesIn)[0] ?? '',
    requestId: response.headers.get('request-id') ?? null,
    clientRequestId: response.request.headers.get('client-request-id') ?? null,
  };
}

/** The errors of a body: in `error` (Graph), `odata.error` (OData 3) or `errors`, in a list, in a text (OAuth), or the body itself. */
function errorsIn(body: unknown): readonly ErrorNode[] {
  if (Array.isArray(body)) return body.flatMap((one) => (Array.isArray(one) ? [] : errorsIn(one)));
  if (typeof body !== 'object' || body === null) return [];
  const members = membersOf(body);
  const named = members.get('error') ?? members.get('odata.error') ?? members.get('errors');
  if (named === undefined || named === null) return errorNodes(body);
  if (typeof named !== 'string') return errorNodes(named);
  return [plainError(named, textOf(members.get('error_description') ?? members.get('message')))];
}

/** From the most general to the most specific (Graph: error responses). */
function codesIn({ code, details, inner }: ErrorNode): string[] {
  return [...(code === '' ? [] : [code]), ...details.flatMap(codesIn), ...inner.flatMap(codesIn)];
}

/** The error's own words come first; where it has none, those of what it is made of. */
function messagesIn({ message, details, inner }: ErrorNode): string[] {
  return [
    ...(message === '' ? [] : [message]),
    ...details.flatMap(messagesIn),
    ...inner.flatMap(messagesIn),
  ];
}
