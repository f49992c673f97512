import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { codesOf, jobRequest, origin, targetTenantId, TestGraph } from '../testGraph.ts';
import { callsTo, faultsOf } from './faultLog.ts';

describe('401', () => {
  it('applies to a call once, and not to its repetition', async () => {
    const graph = new TestGraph({ faults: { faults: [{ kind: 'unauthorized', rate: 1 }] } });
    const refused = await graph.post('', jobRequest());
    expect([refused.status, codesOf(refused)]).toEqual([401, ['InvalidAuthenticationToken']]);
    expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer (?!.*claims)/);
    expect((await graph.post('', jobRequest())).status).toBe(201);
    expect((await graph.get('')).status).toBe(401);
    expect(await faultsOf(graph.emulator)).toEqual([
      'createJob unauthorized before 401',
      'createJob null null 201',
      'listJobs unauthorized null 401',
    ]);
  });
});

describe('a claims challenge', () => {
  const clientId = 'cccccccc-0000-4000-8000-000000000001';
  const tokenWith = async (graph: TestGraph, claims: string): Promise<string> => {
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: 'any',
      scope: `${origin}/.default`,
      claims,
    });
    const answer = await graph.fetch(
      new Request(`${origin}/${targetTenantId}/oauth2/v2.0/token`, { method: 'POST', body }),
    );
    return z.looseObject({ access_token: z.string() }).parse(await answer.json()).access_token;
  };
  const claimsIn = (header: string | null): string =>
    /error="insufficient_claims", claims="([^"]+)"/.exec(header ?? '')?.[1] ?? '';

  it.each(['base64', 'base64url'] as const)(
    'in %s is met by a token that was requested with its claims, and by no other',
    async (encoding) => {
      const graph = new TestGraph({
        faults: {
          faults: [{ kind: 'claimsChallenge', operation: 'createJob', occurrence: 1, encoding }],
        },
      });
      const challenged = await graph.post('', jobRequest());
      expect(challenged.status).toBe(401);
      const encoded = claimsIn(challenged.headers.get('www-authenticate'));
      expect(encoded).toMatch(encoding === 'base64' ? /[+/]/ : /[-_]/);
      const claims = Buffer.from(encoded, encoding).toString();
      expect(JSON.parse(claims)).toMatchObject({ access_token: { nbf: { essential: true } } });
      expect((await graph.get('')).status).toBe(401);
      expect(
        (
          await graph.call('GET', '', undefined, {
            authorization: `Bearer ${await tokenWith(graph, '{"access_token":{}}')}`,
          })
        ).status,
      ).toBe(401);
      const authorization = `Bearer ${await tokenWith(graph, claims)}`;
      expect((await graph.call('POST', '', jobRequest(), { authorization })).status).toBe(201);
      expect((await callsTo(graph.emulator)).map(({ fault }) => fault)).toEqual([
        'claimsChallenge',
        'claimsChallenge',
        'claimsChallenge',
        null,
      ]);
      const other = await graph.token('dddddddd-0000-4000-8000-000000000001');
      expect(
        (await graph.call('GET', '', undefined, { authorization: `Bearer ${other}` })).status,
      ).toBe(200);
    },
  );

  it('comes again for a token that met it, but not within the hour', async () => {
    const graph = new TestGraph({
      scenario: { timings: { token: 1e6 } },
      faults: { faults: [{ kind: 'claimsChallenge', rate: 1 }] },
    });
    const challenged = await graph.get('');
    const authorization = `Bearer ${await tokenWith(graph, Buffer.from(claimsIn(challenged.headers.get('www-authenticate')), 'base64').toString())}`;
    const again = async (): Promise<number> =>
      (await graph.call('GET', '', undefined, { authorization })).status;
    expect(await again()).toBe(200);
    graph.clock.advance(3_599_000);
    expect(await again()).toBe(200);
    graph.clock.advance(1_000);
    expect(await again()).toBe(401);
  });
});
