import type { PipelineResponse } from '@azure/core-rest-pipeline';
import { z } from 'zod';
import { isUnsetInstant, parseJson } from '../contracts/text.ts';
import type { GraphProblem, GraphResult } from './result.ts';

/**
 * Returns the text of a value in any of its forms: a text, a number, an object with language and
 * value (OData), or the first text of a list. Returns an empty text for anything else.
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

/**
 * Returns the members of an object by their names in lower case. Of two with the same name, the
 * first that is not null counts.
 */
export function membersOf(value: object): ReadonlyMap<string, unknown> {
  const members = new Map<string, unknown>();
  for (const [name, member] of Object.entries(value)) {
    const key = name.toLowerCase();
    members.set(key, members.get(key) ?? member);
  }
  return members;
}

/** Creates a schema for an optional member of any type, whose value is the result of `read`. */
export function loose<T>(read: (value: unknown) => T) {
  return z.unknown().optional().transform(read);
}

/** Parses a text that Graph may omit or give in another form, with `textOf`. */
export const looseText = loose((value) => textOf(value));

/** Parses a text; anything else gives null. */
export const textOrNull = loose((value) => (typeof value === 'string' ? value : null));

/** Parses an instant as Graph's own text. A value that is no text or means "not set" gives null. */
export const looseInstant = loose((value) =>
  typeof value === 'string' && !isUnsetInstant(value) ? value : null,
);

/** One error of a response. */
export interface ErrorNode {
  /** Empty if there is none. */
  readonly code: string;
  readonly message: string;
  readonly details: readonly ErrorNode[];
  readonly inner: readonly ErrorNode[];
}

// Errors nest a few levels deep (Graph: error responses). The limit protects the app from a body
// that nests deeper.
const maxDepth = 12;

/**
 * Reads errors in every documented form: one error or a list, members in any case, a numeric code,
 * a message with its language, or only a text. An unreadable member does not affect the others.
 */
function errorNodes(value: unknown, depth = 0): readonly ErrorNode[] {
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

/**
 * Returns the error that a text stands for: its code if the text is one word (OAuth), else its
 * message.
 */
function plainError(text: string, message = ''): ErrorNode {
  const isCode = /^[\w.:-]{1,100}$/.test(text);
  return {
    code: isCode ? text : '',
    message: message === '' && !isCode ? text : message,
    details: [],
    inner: [],
  };
}

/** Returns errors and their details as a flat list of codes and messages, without empty ones. */
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

/**
 * Returns the problem in a response. If the body is missing or a gateway's HTML, only the status is
 * set.
 */
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

/**
 * Finds the errors in a body: in `error` (Graph), `odata.error` (OData 3) or `errors`, in a list,
 * in a text (OAuth), or the body itself.
 */
function errorsIn(body: unknown): readonly ErrorNode[] {
  if (Array.isArray(body)) return body.flatMap((one) => (Array.isArray(one) ? [] : errorsIn(one)));
  if (typeof body !== 'object' || body === null) return [];
  const members = membersOf(body);
  const named = members.get('error') ?? members.get('odata.error') ?? members.get('errors');
  if (named === undefined || named === null) return errorNodes(body);
  if (typeof named !== 'string') return errorNodes(named);
  return [plainError(named, textOf(members.get('error_description') ?? members.get('message')))];
}

/** Returns the codes from the most general to the most specific (Graph: error responses). */
function codesIn({ code, details, inner }: ErrorNode): string[] {
  return [...(code === '' ? [] : [code]), ...details.flatMap(codesIn), ...inner.flatMap(codesIn)];
}

/** Returns the messages of an error, its own first. */
function messagesIn({ message, details, inner }: ErrorNode): string[] {
  return [
    ...(message === '' ? [] : [message]),
    ...details.flatMap(messagesIn),
    ...inner.flatMap(messagesIn),
  ];
}

/**
 * Describes a refusal by its status, codes and Graph's request-id. Graph's own text is left out,
 * because it may name people and this text enters the history.
 */
export function describeProblem(problem: GraphProblem): string {
  // A free text instead of a code may name people too.
  const codes = [...new Set(problem.codes)]
    .filter((code) => /^[\w.:-]{1,100}$/.test(code))
    .join(', ');
  const status = problem.httpStatus === 0 ? 'no response' : `status ${String(problem.httpStatus)}`;
  return `${status}${codes === '' ? '' : ` (${codes})`}, request-id ${problem.requestId ?? 'none'}`;
}

/** Returns true if Graph refuses the app itself: a permission or a consent is missing. */
export function isAppRefused({ httpStatus }: GraphProblem): boolean {
  return httpStatus === 401 || httpStatus === 403;
}

/**
 * Returns true if the migration queue is full. Graph documents no status for that; nothing was
 * created.
 */
export function isQueueFull({ codes }: GraphProblem): boolean {
  return codes.some((code) => /^(quotaLimitReached|activityLimitReached)$/i.test(code));
}

/**
 * Returns true if a create is refused because the source has a task that is running or has
 * finished.
 */
export function sourceHasTask({ codes }: GraphProblem): boolean {
  return codes.some((code) => /^MnASiteMoveIsInprogressOrFinished$/i.test(code));
}

/**
 * The result of a read from Graph. `absent`: Graph responds with 404. `refused`: the read failed
 * for any other reason; `seconds` is the wait that Graph asks for, or 0.
 */
export type ReadResult<T> =
  | { readonly kind: 'seen'; readonly value: T }
  | { readonly kind: 'absent'; readonly problem: GraphProblem }
  | { readonly kind: 'refused'; readonly seconds: number; readonly problem: GraphProblem };

/**
 * Classifies the result of a read. Only a 404 means that the object does not exist; a success with
 * an undocumented body counts as a refusal.
 */
export function readResult<T>(result: GraphResult<T>): ReadResult<T> {
  if (result.kind === 'done') return { kind: 'seen', value: result.value };
  const { problem } = result;
  if (problem.httpStatus === 404) return { kind: 'absent', problem };
  return { kind: 'refused', seconds: 'seconds' in result ? result.seconds : 0, problem };
}

/**
 * Returns the known spelling of a name in any case (`Canceled` becomes `cancelled`), or the name
 * unchanged.
 */
export function normalised(value: string, known: readonly string[]): string {
  const lower = value.toLowerCase() === 'canceled' ? 'cancelled' : value.toLowerCase();
  return known.find((name) => name.toLowerCase() === lower) ?? value;
}
