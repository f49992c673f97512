import { describe, expect, it } from 'vitest';
import type { GraphResult } from '../../../shared/graph/result.ts';
import { actions, clientsOn, creates, reads } from './clientOnPlan.ts';
import type { Planned } from './plannedResponses.ts';

type Kind = GraphResult<unknown>['kind'];

const readStatuses: readonly (readonly [number, Kind])[] = [
  ...[301, 302, 304, 307, 308].map((status) => [status, 'rejected'] as const),
  ...[400, 401, 402, 403, 405, 406, 409, 410, 412, 415, 422, 424, 451, 501].map(
    (status) => [status, 'rejected'] as const,
  ),
  [404, 'notFound'],
  ...[408, 423, 425, 429, 500, 502, 503, 504, 507, 509].map(
    (status) => [status, 'retryAfter'] as const,
  ),
];
const writeStatuses: readonly (readonly [number, Kind])[] = [
  ...[400, 401, 403, 405, 406, 412, 415, 422, 501].map((status) => [status, 'rejected'] as const),
  [404, 'notFound'],
  [410, 'notFound'],
  [409, 'conflict'],
  ...[423, 425, 429].map((status) => [status, 'retryAfter'] as const),
  ...[301, 302, 307, 308, 408, 500, 502, 503, 504, 507, 509].map(
    (status) => [status, 'unknown'] as const,
  ),
];

const refusal = (status: number): Planned => ({
  status,
  body: { error: { code: 'someCode', message: 'some words' } },
  headers: status < 400 ? { location: 'https://graph.example/' } : {},
});

// The list of users is asked for in pages of another size after a 400, and every call with another
// token after a 401.
const repeats = (name: string, status: number): boolean =>
  status === 401 || (name === 'listTasks' && status === 400);

describe.each(Object.entries(reads))('the read %s', (name, read) => {
  it.each(readStatuses)("takes a %i for %s, with Graph's words", async (status, kind) => {
    const { sent, ...clients } = clientsOn(refusal(status));
    expect(await read(clients)).toMatchObject({
      kind,
      problem: { httpStatus: status, code: 'someCode', message: 'some words' },
    });
    // Nothing follows a redirection, and what is locked or has timed out is not asked for again at
    // once.
    const passes = [429, 500, 502, 503, 504, 509].includes(status);
    expect(sent).toHaveLength(passes ? 4 : repeats(name, status) ? 2 : 1);
  });

  it.each<[string, Planned]>([
    ['a page of HTML', { body: '<html>Sign in</html>' }],
    ['half of its JSON', { body: '{"id":' }],
    ['JSON of another shape', { body: { result: 'accepted', items: 1 } }],
    ['an empty object', { body: {} }],
    ['a list', { body: [] }],
    ['a text', { body: '"fine"' }],
    ['nothing', { body: '' }],
    ['an error with status 200', { body: { error: { code: 'generalException', message: 'm' } } }],
  ])('is retryAfter after a 200 with %s', async (_, planned) => {
    expect(await read(clientsOn(planned))).toMatchObject({
      kind: 'retryAfter',
      seconds: 30,
      problem: { httpStatus: 200, code: 'unreadableResponse', requestId: 'req-1' },
    });
  });

  it('asks again later after a reset, and says why', async () => {
    expect(await read(clientsOn({ lost: true }))).toMatchObject({
      kind: 'retryAfter',
      problem: { httpStatus: 0, message: expect.stringContaining('socket hang up') as string },
    });
  });

  it.each([408, 423, 425, 503])(
    'waits as long as a %i asks for, and the second by which a durable timer may be early',
    async (status) => {
      expect(await read(clientsOn({ status, headers: { 'retry-after': '7200' } }))).toMatchObject({
        kind: 'retryAfter',
        seconds: 7_201,
      });
    },
  );
});

describe.each(Object.entries({ ...creates, ...actions }))('the write %s', (_name, write) => {
  it.each(writeStatuses)('takes a %i for %s, and is sent once', async (status, kind) => {
    const { sent, ...clients } = clientsOn(refusal(status));
    expect(await write(clients)).toMatchObject({
      kind,
      problem: { httpStatus: status, code: 'someCode', message: 'some words' },
    });
    expect(sent).toHaveLength(status === 401 ? 2 : 1);
  });

  it('is unknown after a page of HTML, truncated JSON or a reset', async () => {
    for (const planned of [{ body: '<html>Sign in</html>' }, { body: '{"id":' }, { lost: true }])
      expect(await write(clientsOn(planned))).toMatchObject({ kind: 'unknown' });
  });

  it('is done with a byte order mark before its JSON', async () => {
    const body = '{"id":"0f1e2d3c-4b5a-4697-8877-665544332211","status":"notStarted"}';
    expect(await write(clientsOn({ body: `\uFEFF${body}` }))).toMatchObject({ kind: 'done' });
  });
});

it.each(Object.entries(creates))(
  '%s is unknown if its response does not show what was created',
  async (_, create) => {
    for (const body of ['', {}, { result: 'accepted' }, []])
      expect(await create(clientsOn({ status: 201, body }))).toMatchObject({
        kind: 'unknown',
        problem: { code: 'unreadableResponse' },
      });
  },
);

it.each(Object.entries(actions))('%s is done whatever JSON its response has', async (_, action) => {
  for (const body of ['', {}, { result: 'accepted' }, []])
    expect(await action(clientsOn({ body }))).toMatchObject({ kind: 'done' });
});
