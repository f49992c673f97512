import type { HttpResponseInit } from '@azure/functions';
import type { z } from 'zod';
import {
  type Problem,
  type ProblemCode,
  problemCodes,
  type ProblemField,
} from '../contracts/problem.ts';

/**
 * Returns a response of `application/problem+json` (RFC 9457). Clients act on `code`, whose meaning
 * never changes. The status and the title come from the code.
 */
export function problemResponse(
  code: ProblemCode,
  detail: string,
  errors?: readonly ProblemField[],
  headers: Readonly<Record<string, string>> = {},
): HttpResponseInit {
  const { status, title } = problemCodes[code];
  const problem: Problem = {
    type: `urn:tenant-ferry:problem:${code}`,
    title,
    status,
    code,
    detail,
    ...(errors === undefined ? {} : { errors: [...errors] }),
  };
  return {
    status,
    headers: { ...headers, 'content-type': 'application/problem+json' },
    body: JSON.stringify(problem),
  };
}

/**
 * Refuses a request from wherever it is checked. The route returns the problem response, and
 * nothing is logged.
 */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly response: HttpResponseInit;

  constructor(code: ProblemCode, detail: string, errors?: readonly ProblemField[]) {
    super(detail);
    this.response = problemResponse(code, detail, errors);
  }
}

const maxChars = 64;
const address = /[^\s@]+@[^\s@]+\.[^\s@]+/g;

/**
 * Returns a member name from a request in a form that is safe to show: short, without control
 * characters and without e-mail addresses.
 */
export function shownKey(key: string): string {
  const plain = key
    .slice(0, maxChars * 4)
    .toWellFormed()
    .replaceAll(/\p{C}/gu, '\u{fffd}')
    .replaceAll(address, '(an address)');
  return plain.length > maxChars ? `${plain.slice(0, maxChars).toWellFormed()}…` : plain;
}

type Issue = z.core.$ZodIssue;

const maxFields = 1_000;

/**
 * Returns the bad fields of an input, at most 1,000, each with its path in the input, such as
 * `users[3].targetUserId`.
 */
export function problemFields(error: z.ZodError): ProblemField[] {
  return boundedFields(error.issues.flatMap((issue) => fieldsOf(issue, [])));
}

/**
 * Limits the bad fields to 1,000 and adds the number of the others, so that a response is never
 * larger than its request.
 */
export function boundedFields(fields: readonly ProblemField[]): ProblemField[] {
  if (fields.length <= maxFields) return [...fields];
  return [
    ...fields.slice(0, maxFields),
    {
      path: '',
      message: `${String(fields.length - maxFields)} more bad fields are not listed; correct these first`,
    },
  ];
}

function fieldsOf(issue: Issue, parent: readonly PropertyKey[]): ProblemField[] {
  const path = [...parent, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: pathText([...path, key]),
      message: 'is not a known field; remove it or correct its name',
    }));
  }
  // A discriminated union has no branch errors: its own message says what is wrong.
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const branch = issue.errors.find((issues) => !issues.some(isWrongKind)) ?? [];
    if (branch.length > 0) return branch.flatMap((inner) => fieldsOf(inner, path));
    const wanted = issue.errors
      .flatMap((issues) => issues.filter(isWrongKind))
      .map((inner) => (inner.code === 'invalid_type' ? inner.expected : ''));
    return [
      { path: pathText(path), message: `must be one of: ${[...new Set(wanted)].join(', ')}` },
    ];
  }
  return [{ path: pathText(path), message: issue.message }];
}

/** Returns true if the type of a value does not match a branch of a union at all. */
function isWrongKind(issue: Issue): boolean {
  return issue.code === 'invalid_type' && issue.path.length === 0;
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${String(key)}]`;
    const name = shownKey(String(key));
    return text === '' ? name : `${text}.${name}`;
  }, '');
}
