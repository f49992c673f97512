import type { HttpResponseInit } from '@azure/functions';
import type { z } from 'zod';
import type { Problem, ProblemCode, ProblemField } from '../contracts/problem.ts';

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  411: 'Length Required',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** An answer of `application/problem+json` (RFC 9457); programs act on `code`, which never changes its meaning. */
export function problemResponse(
  status: 400 | 401 | 403 | 404 | 409 | 411 | 500 | 503,
  code: ProblemCode,
  detail: string,
  errors?: readonly ProblemField[],
  headers: Readonly<Record<string, string>> = {},
): HttpResponseInit {
  const problem: Problem = {
    type: `urn:tenant-ferry:problem:${code}`,
    title: titles[status] ?? 'Error',
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

const maxChars = 64;
const address = /[^\s@]+@[^\s@]+\.[^\s@]+/g;

/**
 * A name that a caller has given to a member, fit to be shown: short, without control characters, and without an address that
 * it may hold.
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

/** Every bad field of a refused input, up to a thousand, each with the path that the caller wrote: `users[3].targetUserId`. */
export function problemFields(error: z.ZodError): ProblemField[] {
  return boundedFields(error.issues.flatMap((issue) => fieldsOf(issue, [])));
}

/** At most a thousand bad fields, and how many there are besides: an answer must not be larger than what it answers. */
export function boundedFields(fields: readonly ProblemField[]): ProblemField[] {
  if (fields.length <= maxFields) return [...fields];
  return [
    ...fields.slice(0, maxFields),
    {
      path: '',
      message: `and ${String(fields.length - maxFields)} more bad fields; correct these first`,
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
  // A union that is told apart by one of its members says by itself what is wrong with that.
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

/** True when the value is not even of the kind that a branch of a union is about. */
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
