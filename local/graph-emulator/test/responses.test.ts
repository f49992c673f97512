import { describe, expect, it } from 'vitest';
import { codesOf, jobRequest, TestGraph, userId } from './testGraph.ts';

describe('every response', () => {
  it('carries a request id of its own, the caller’s id and the date of the clock', async () => {
    const graph = new TestGraph();
    const replies = [
      await graph.call('GET', '', undefined, { 'client-request-id': 'mine-1' }),
      await graph.call('GET', `/${userId(1)}`, undefined, { 'client-request-id': 'mine-2' }),
    ];
    expect(replies.map(({ headers }) => headers.get('client-request-id'))).toEqual([
      'mine-1',
      'mine-2',
    ]);
    expect(replies.map(({ headers }) => headers.get('date'))).toEqual([
      'Wed, 04 Nov 2026 20:00:00 GMT',
      'Wed, 04 Nov 2026 20:00:00 GMT',
    ]);
    const ids = replies.map(({ headers }) => headers.get('request-id'));
    expect(new Set(ids).size).toBe(2);
    expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('that is an error has the shape of a Graph error', async () => {
    const graph = new TestGraph();
    await graph.created();
    const reply = await graph.call('POST', '', jobRequest(), { 'client-request-id': 'mine' });
    expect(reply.body).toEqual({
      error: {
        code: 'BadArgument',
        message: expect.any(String) as string,
        details: [
          {
            code: 'duplicateDisplayNameJob',
            target: 'displayName',
            message: expect.any(String) as string,
          },
        ],
        innerError: {
          date: '2026-11-04T20:00:00',
          'request-id': reply.headers.get('request-id'),
          'client-request-id': 'mine',
        },
      },
    });
  });

  it.each([
    `/${userId(1)}`,
    '/no-such-name',
    "(displayName='no-such-name')",
    `/${userId(1)}/users`,
  ])('is 404 for the unknown job %s', async (path) => {
    const reply = await new TestGraph().get(path);
    expect([reply.status, codesOf(reply)]).toEqual([404, ['ResourceNotFound']]);
  });

  it.each(['validate', 'migrate', 'cancel'])('is 404 for an unknown job: %s', async (action) => {
    expect((await new TestGraph().post(`/${userId(1)}/${action}`)).status).toBe(404);
  });

  it.each([
    '/v1.0/me',
    '/v2.0/solutions/migrations/crossTenantMigrationJobs',
    '/beta/solutions/migrations',
    '/v1.0/solutions/migrations/crossTenantMigrationJobsX',
  ])('is 404 at %s', async (path) => {
    const reply = await new TestGraph().get(
      path.startsWith('/v2') ? `http://graph.test${path}` : path,
    );
    expect([reply.status, codesOf(reply)]).toEqual([404, ['ResourceNotFound']]);
  });

  it.each([
    ['PUT', ''],
    ['DELETE', ''],
    ['PATCH', ''],
    ['PUT', '/{id}'],
    ['POST', '/{id}'],
    ['POST', '/validate'],
    ['POST', '/$count'],
    ['PUT', '/{id}/users'],
  ])('is 405 for %s of %s', async (method, path) => {
    const graph = new TestGraph();
    const id = await graph.created();
    const reply = await graph.call(method, path.replace('{id}', id));
    expect([reply.status, codesOf(reply)]).toEqual([405, ['MethodNotAllowed']]);
  });

  it('is 400 for a body that is not JSON, has no type or is none at all, and 415 for another type', async () => {
    const graph = new TestGraph();
    const fetchWith = async (
      body: Blob | string | undefined,
      headers: Record<string, string>,
    ): Promise<number> => {
      const authorization = `Bearer ${await graph.token()}`;
      const request = new Request(
        'http://graph.test/v1.0/solutions/migrations/crossTenantMigrationJobs',
        {
          method: 'POST',
          headers: { authorization, ...headers },
          ...(body === undefined ? {} : { body }),
        },
      );
      return (await graph.fetch(request)).status;
    };
    const json = JSON.stringify(jobRequest());
    expect(await fetchWith('{', { 'content-type': 'application/json' })).toBe(400);
    expect(await fetchWith('"text"', { 'content-type': 'application/json' })).toBe(400);
    expect(await fetchWith(undefined, { 'content-type': 'application/json' })).toBe(400);
    expect(await fetchWith(new Blob([json]), {})).toBe(400);
    expect(await fetchWith(json, { 'content-type': 'text/plain' })).toBe(415);
    expect(await fetchWith(json, { 'content-type': 'application/json; charset=utf-8' })).toBe(201);
  });

  it('is 413 for a body above the limit', async () => {
    const reply = await new TestGraph().post('', jobRequest({ note: 'x'.repeat(4 * 1024 * 1024) }));
    expect([reply.status, codesOf(reply)]).toEqual([413, ['RequestEntityTooLarge']]);
  });

  it('is 400 for an address that is not well encoded', async () => {
    const reply = await new TestGraph().get('/%E0%A4%A');
    expect([reply.status, codesOf(reply)]).toEqual([400, ['BadRequest']]);
  });
});
