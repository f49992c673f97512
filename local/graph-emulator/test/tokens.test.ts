import { describe, expect, it } from 'vitest';
import {
  codesOf,
  hour,
  jobRequest,
  jobsPath,
  origin,
  sourceTenantId,
  targetTenantId,
  TestGraph,
} from './testGraph.ts';

const reader = 'cccccccc-0000-4000-8000-00000000000a';
const stranger = 'cccccccc-0000-4000-8000-00000000000b';
const clients = [
  { clientId: reader, permissions: ['CrossTenantContentMigration.Read.All'] },
  { clientId: stranger, permissions: [] },
];

function ask(
  graph: TestGraph,
  changes: Record<string, string | undefined> = {},
  tenantId = targetTenantId,
): Promise<Response> {
  const fields = {
    grant_type: 'client_credentials',
    client_id: reader,
    client_secret: 'any',
    scope: 'https://graph.microsoft.com/.default',
    ...changes,
  };
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries<string | undefined>(fields))
    if (value !== undefined) body.set(name, value);
  return graph.fetch(
    new Request(`${origin}/${tenantId}/oauth2/v2.0/token`, { method: 'POST', body }),
  );
}

async function statusWith(graph: TestGraph, authorization: string | undefined): Promise<number> {
  const headers = authorization === undefined ? undefined : { authorization };
  return (
    await graph.fetch(new Request(`${origin}${jobsPath}`, headers === undefined ? {} : { headers }))
  ).status;
}

describe('the token endpoint', () => {
  it.each([
    { client_secret: 'any' },
    {
      client_secret: undefined,
      client_assertion: 'signed',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    },
  ])('gives a bearer token for client credentials (%o)', async (credentials) => {
    const graph = new TestGraph();
    const response = await ask(graph, credentials);
    expect(response.status).toBe(200);
    const body: unknown = await response.json();
    expect(body).toEqual({
      token_type: 'Bearer',
      expires_in: 3_600,
      ext_expires_in: 3_600,
      access_token: expect.any(String) as string,
    });
  });

  it.each([
    [{ grant_type: 'password' }, 400, 'unsupported_grant_type'],
    [{ client_id: undefined }, 400, 'invalid_client'],
    [{ client_id: 'me' }, 400, 'invalid_client'],
    [{ client_secret: undefined }, 401, 'invalid_client'],
    [{ scope: undefined }, 400, 'invalid_scope'],
    [{ scope: 'https://graph.microsoft.com/User.Read' }, 400, 'invalid_scope'],
  ])('refuses %o', async (changes, status, error) => {
    const response = await ask(new TestGraph(), changes);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({
      error,
      error_description: expect.any(String) as string,
    });
  });

  it('refuses a tenant that it does not have', async () => {
    const response = await ask(new TestGraph(), {}, '00000000-1111-4222-8333-444444444444');
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: 'invalid_request' },
    ]);
  });
});

describe('a token', () => {
  it('is asked for at every path', async () => {
    const graph = new TestGraph();
    for (const path of [jobsPath, `${jobsPath}/x/validate`, '/v1.0/users']) {
      const response = await graph.fetch(new Request(`${origin}${path}`));
      expect([path, response.status]).toEqual([path, 401]);
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer /);
      expect(await response.json()).toMatchObject({
        error: { code: 'InvalidAuthenticationToken' },
      });
    }
  });

  it('must be whole and of this emulator', async () => {
    const graph = new TestGraph();
    const token = await graph.token();
    const [payload = '', signature = ''] = token.split('.');
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const forged = Buffer.from(JSON.stringify({ ...Object(claims), exp: 9_999_999_999 })).toString(
      'base64url',
    );
    expect(await statusWith(graph, `Bearer ${token}`)).toBe(200);
    for (const bad of [
      undefined,
      '',
      token,
      `Basic ${token}`,
      'Bearer',
      'Bearer x.y',
      `Bearer ${payload}`,
      `Bearer ${forged}.${signature}`,
    ]) {
      expect([bad, await statusWith(graph, bad)]).toEqual([bad, 401]);
    }
  });

  it('ends after its time', async () => {
    const graph = new TestGraph();
    const token = await graph.token();
    graph.clock.advance(hour - 1_000);
    expect(await statusWith(graph, `Bearer ${token}`)).toBe(200);
    graph.clock.advance(1_000);
    expect(await statusWith(graph, `Bearer ${token}`)).toBe(401);
  });

  it('of the source tenant is refused', async () => {
    const graph = new TestGraph();
    expect(await statusWith(graph, `Bearer ${await graph.token(reader, sourceTenantId)}`)).toBe(
      403,
    );
  });

  it('that may only read is refused every write, and one without permission everything', async () => {
    const graph = new TestGraph({ scenario: { clients } });
    const id = await graph.created();
    const authorization = `Bearer ${await graph.token(reader)}`;
    for (const path of ['', `/${id}`, `/${id}/users`, '?$top=1'])
      expect((await graph.call('GET', path, undefined, { authorization })).status).toBe(200);
    const writes: [string, string, unknown?][] = [
      ['POST', '', jobRequest({ displayName: 'other' })],
      ['POST', `/${id}/validate`],
      ['POST', `/${id}/migrate`],
      ['POST', `/${id}/cancel`],
      ['PATCH', `/${id}`, { completeAfterDateTime: '2026-12-01T00:00:00Z' }],
      ['DELETE', `/${id}`],
    ];
    for (const [method, path, body] of writes) {
      const reply = await graph.call(method, path, body, { authorization });
      expect([path, reply.status, codesOf(reply)]).toEqual([
        path,
        403,
        ['Authorization_RequestDenied'],
      ]);
    }
    expect(await graph.status(id)).toBe('submitted');
    expect((await graph.get('/$count')).text).toBe('1');
    expect(
      (
        await graph.call('GET', '', undefined, {
          authorization: `Bearer ${await graph.token(stranger)}`,
        })
      ).status,
    ).toBe(403);
  });
});
