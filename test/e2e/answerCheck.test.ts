import { describe, expect, it } from 'vitest';
import { openApiDocument } from '../openApiDocument.ts';
import { answerCheck, type Exchange } from './answerCheck.ts';

const check = answerCheck(JSON.parse(JSON.stringify(openApiDocument())));

const exchange = (
  method: string,
  path: string,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): Exchange => ({
  method,
  path,
  status,
  headers: new Headers({
    'content-type': status < 400 ? 'application/json' : 'application/problem+json',
    ...headers,
  }),
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const healthy = {
  status: 'healthy',
  checks: { storage: { status: 'healthy' }, graph: { status: 'healthy' } },
};
const notFound = {
  type: 'urn:x',
  title: 'Not Found',
  status: 404,
  code: 'migrationNotFound',
  detail: 'd',
};
const command = {
  commandId: '1700000000000-0123456789ab',
  kind: 'cancel',
  state: 'pending',
  commandsUrl: 'http://app/api/migrations/m-1/commands',
};
const location = { location: command.commandsUrl };
const rejection = {
  id: 'r',
  source: 'queue',
  code: 'notJson',
  detail: 'd',
  errors: [],
  rejectedAt: '2026-11-20T08:00:00.000Z',
  lastRejectedAt: '2026-11-20T08:00:00.000Z',
  count: 1,
  replayedAt: null,
  migrationId: null,
};

describe('an answer as documented', () => {
  it.each<[string, Exchange]>([
    ['JSON', exchange('GET', '/health', 200, healthy)],
    [
      'a charset',
      exchange('GET', '/health', 200, healthy, {
        'content-type': 'application/json; charset=utf-8',
      }),
    ],
    ['a problem', exchange('GET', '/migrations/m-none', 404, notFound)],
    [
      'CSV',
      exchange('GET', '/migrations/m-1/tasks', 200, 'taskId\n', {
        'content-type': 'text/csv; charset=utf-8',
      }),
    ],
    ['headers', exchange('POST', '/migrations/m-1/cancel', 202, command, location)],
    [
      'a page',
      exchange('GET', '/rejections', 200, {
        value: [rejection],
        nextLink: 'http://app/api/rejections?continuationToken=x',
      }),
    ],
    ['no body', exchange('GET', '/openapi.json', 304, '', { etag: '"x"' })],
    [
      'a request',
      {
        ...exchange('POST', '/migrations/m-1/cancel', 202, command, location),
        sent: '{"by":"lee"}',
      },
    ],
  ])('with %s passes', (_, good) => {
    expect(check(good)).toEqual([]);
  });
});

describe('an answer that is not as documented is told', () => {
  it.each<[string, Exchange, RegExp]>([
    ['route', exchange('GET', '/colours', 200, {}), /does not have this route/],
    ['method', exchange('DELETE', '/health', 200, {}), /does not have this route/],
    ['status', exchange('GET', '/health', 502, ''), /status 502/],
    [
      'content type',
      exchange('GET', '/health', 200, healthy, { 'content-type': 'text/html' }),
      /content type text\/html/,
    ],
    [
      'CSV where there is none',
      exchange('GET', '/migrations', 200, 'x', { 'content-type': 'text/csv' }),
      /content type text\/csv/,
    ],
    ['text that is not JSON', exchange('GET', '/health', 200, '{'), /not JSON/],
    ['missing member', exchange('GET', '/health', 200, { status: 'healthy' }), /checks/],
    ['unknown member', exchange('GET', '/health', 200, { ...healthy, mood: 'good' }), /mood/],
    [
      'wrong value, deep down',
      exchange('GET', '/rejections', 200, {
        value: [{ ...rejection, errors: [{ path: 1, message: 'm' }] }],
      }),
      /value\[0\]\.errors\[0\]\.path|value\/0\/errors\/0\/path/,
    ],
    [
      'instant that is none',
      exchange('GET', '/rejections', 200, { value: [{ ...rejection, rejectedAt: 'yesterday' }] }),
      /date-time/,
    ],
    [
      'code of another operation',
      exchange('GET', '/migrations/m-none', 404, { ...notFound, code: 'taskNotFound' }),
      /allowed values/,
    ],
    [
      'status other than the answer’s',
      exchange('GET', '/migrations/m-none', 404, { ...notFound, status: 400 }),
      /equal to constant/,
    ],
    [
      'missing header',
      exchange('POST', '/migrations/m-1/cancel', 202, command),
      /header Location is missing/,
    ],
    [
      'header of another kind',
      exchange('POST', '/migrations', 202, {}, { location: 'http://app/x', 'retry-after': 'soon' }),
      /Retry-After: .*integer/,
    ],
    [
      'body where there is none',
      exchange('GET', '/openapi.json', 304, '{}', { etag: '"x"' }),
      /no body for this answer/,
    ],
    [
      'request',
      {
        ...exchange('POST', '/migrations/m-1/cancel', 202, command, location),
        sent: '{"colour":"blue"}',
      },
      /request that was taken: .*colour/,
    ],
    [
      'query',
      {
        ...exchange('GET', '/rejections', 200, { value: [] }),
        query: new URLSearchParams({ colour: 'blue', code: 'key' }),
      },
      /query member colour$/,
    ],
  ])('%s', (_, bad, fault) => {
    expect(check(bad).join('; ')).toMatch(fault);
  });
});
