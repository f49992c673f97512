import type { HttpResponseInit } from '@azure/functions';
import type { Problem, ProblemField } from '../contracts/problem.ts';
import type { ProblemCode } from '../contracts/problemCode.ts';

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
