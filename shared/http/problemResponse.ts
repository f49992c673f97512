import type { HttpResponseInit } from '@azure/functions';
import type { Problem, ProblemField } from '../contracts/problem.ts';

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** An answer of `application/problem+json` (RFC 9457); programs act on `code`, which never changes its meaning. */
export function problemResponse(
  status: 400 | 403 | 404 | 409 | 500 | 503,
  code: string,
  detail: string,
  errors?: readonly ProblemField[],
): HttpResponseInit {
  const problem: Problem = {
    type: `urn:tenant-ferry:problem:${code}`,
    title: titles[status] ?? 'Error',
    status,
    code,
    detail,
    ...(errors === undefined ? {} : { errors: [...errors] }),
  };
  return { status, headers: { 'content-type': 'application/problem+json' }, body: JSON.stringify(problem) };
}
