import type { PipelineResponse } from '@azure/core-rest-pipeline';
import { z } from 'zod';
import { isUnsetInstant, parseJson } from '../domain/text.ts';
import type { GraphProblem } from './result.ts';

/**
 * The text in a member that only informs: itself, a number as text, the text inside an object of language and value (OData),
 * the first text of a list; an empty one for anything else.
 */
export function textOf(value: unknown, depth = 0): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'object' || value === null || depth > 3) return '';
  if (Array.isArray(value))
    return value.map((one) => textOf(one, depth + 1)).find((text) => text !== '') ?? '';
  const members = membersOf(value);
  return (
    ['value', 'message', 'text']
      .map((name) => textOf(members.get(name), depth + 1))
      .find((text) => text !== '') ?? ''
  );
}

/** The members of an object by their names in lower case; of two that differ in nothing else, the first that is not null. */
export function membersOf(value: object): ReadonlyMap<string, unknown> {
  const members = new Map<string, unknown>();
  for (const [name, member] of Object.entries(value)) {
    const key = name.toLowerCase();
    members.set(key, members.get(key) ?? member);
  }
  return members;
}

/** A member that only informs: whatever it is, and where it is missing, the answer is what `read` makes of it. */
export function loose<T>(read: (value: unknown) => T) {
  return z.unknown().optional().transform(read);
}

/** A text that Graph may leave out, give as null or in another form: then it is what `textOf` makes of it. */
export const looseText = loose((value) => textOf(value));

/** A text, or null for anything else. */
export const textOrNull = loose((value) => (typeof value === 'string' ? value : null));

/** An instant in Graph's own text, or null where it is none or means "not set". */
export const looseInstant = loose((value) =>
  typeof value === 'string' && !isUnsetInstant(value) ? value : null,
);

/** One error of an answer, in whatever form it was written. */
export interface ErrorNode {
  /** Empty where there is none. */
  readonly code: string;
  readonly message: string;
  readonly details: readonly ErrorNode[];
  readonly inner: readonly ErrorNode[];
}

// Errors nest a few levels deep (Graph: error responses); a body that nests for ever must not end the program.
const maxDepth = 12;

/**
 * Reads errors in every form that is published: one or a list, members in any case of their letters, a code that is a number, a
 * message that is an object with its language, or only a text. A member that cannot be read never loses the others.
 */
export function errorNodes(value: unknown, depth = 0): readonly ErrorNode[] {
  if (depth > maxDepth || value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((one) => errorNodes(one, depth + 1));
  if (typeof value !== 'object') return [plainError(textOf(value))];
  const members = membersOf(value);
  return [
    {
      code: textOf(members.get('code')),
      message: textOf(members.get('message')),
      details: errorNodes(members.get('details'), depth + 1),
      inner: errorNodes(members.get('innererror'), depth + 1),
    },
  ];
}

/** A text in place of an error: a code when it is one word (OAuth), else a message. */
export function plainError(text: string, message = ''): ErrorNode {
  const isCode = /^[\w.:-]{1,100}$/.test(text);
  return {
    code: isCode ? text : '',
    message: message === '' && !isCode ? text : message,
    details: [],
    inner: [],
  };
}

/** An error and those that it is made of, as code and message; without those that say nothing. */
export function flatErrors(value: unknown): { readonly code: string; readonly message: string }[] {
  return errorNodes(value).flatMap(flat);
}

function flat({
  code,
  message,
  details,
}: ErrorNode): { readonly code: string; readonly message: string }[] {
  return [...(code === '' && message === '' ? [] : [{ code, message }]), ...details.flatMap(flat)];
}

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
