import { describe, expect, it } from 'vitest';
import { sourceTenantId, startMs, targetTenantId, TestGraph } from '../testGraph.ts';
import { callsTo } from './faultLog.ts';

const forbidden = { kind: 'forbidden' };

/** Returns the numbers of the first `GET jobs` calls that get a fault. Calls of another operation can come in between. */
async function struck(graph: TestGraph, calls: number, between = 0): Promise<readonly number[]> {
  for (let n = 0; n < calls; n += 1) {
    await graph.get('');
    for (let m = 0; m < between; m += 1) await graph.get('/$count');
  }
  const lists = (await callsTo(graph.emulator)).filter(({ operation }) => operation === 'listJobs');
  return lists.flatMap(({ fault }, n) => (fault === null ? [] : [n + 1]));
}

describe('a fault with a rate', () => {
  const faults = (seed: number) => ({ seed, faults: [{ ...forbidden, rate: 0.3 }] });

  it('selects the same calls for the same seed, whatever comes in between, and other calls for another seed', async () => {
    const first = await struck(new TestGraph({ faults: faults(1) }), 40);
    expect(first.length).toBeGreaterThan(4);
    expect(first.length).toBeLessThan(24);
    expect(await struck(new TestGraph({ faults: faults(1) }), 40, 2)).toEqual(first);
    expect(await struck(new TestGraph({ faults: faults(2) }), 40)).not.toEqual(first);
  });

  it('selects every call at 1 and none at 0', async () => {
    expect(
      await struck(new TestGraph({ faults: { faults: [{ ...forbidden, rate: 1 }] } }), 3),
    ).toEqual([1, 2, 3]);
    expect(
      await struck(new TestGraph({ faults: { faults: [{ ...forbidden, rate: 0 }] } }), 3),
    ).toEqual([]);
  });

  it('spares tokens unless the plan names them', async () => {
    const spared = new TestGraph({
      faults: { faults: [{ kind: 'error500', effect: 'before', rate: 1 }] },
    });
    expect(await spared.token()).not.toBe('');
    const named = new TestGraph({
      faults: {
        faults: [{ kind: 'error500', effect: 'before', rate: 1, operation: 'requestToken' }],
      },
    });
    await expect(named.token()).rejects.toThrow('access_token');
  });
});

describe('a fault with an occurrence', () => {
  const pinned = { ...forbidden, operation: 'listJobs' };

  it('selects that call and no other', async () => {
    expect(
      await struck(new TestGraph({ faults: { faults: [{ ...pinned, occurrence: 2 }] } }), 4, 1),
    ).toEqual([2]);
  });

  it('selects `times` calls from it on', async () => {
    expect(
      await struck(
        new TestGraph({ faults: { faults: [{ ...pinned, occurrence: 2, times: 3 }] } }),
        6,
      ),
    ).toEqual([2, 3, 4]);
  });

  it('goes before one with a rate', async () => {
    const graph = new TestGraph({
      faults: {
        faults: [
          { ...forbidden, rate: 1 },
          { kind: 'throttledSilent', operation: 'listJobs', occurrence: 2 },
        ],
      },
    });
    expect([
      (await graph.get('')).status,
      (await graph.get('')).status,
      (await graph.get('')).status,
    ]).toEqual([403, 429, 403]);
  });
});

describe('a fault with a time', () => {
  it.each([
    [
      'instants',
      {
        from: new Date(startMs + 60_000).toISOString(),
        until: new Date(startMs + 180_000).toISOString(),
      },
    ],
    ['seconds after the start', { from: 60, until: 180 }],
  ])('applies only then, given as %s', async (_, window) => {
    const graph = new TestGraph({ faults: { faults: [{ ...forbidden, rate: 1, ...window }] } });
    const statuses = [];
    for (let minute = 0; minute < 4; minute += 1) {
      statuses.push((await graph.get('')).status);
      graph.clock.advance(60_000);
    }
    expect(statuses).toEqual([200, 403, 403, 200]);
  });
});

describe('a fault that begins at a call', () => {
  it('applies to each call from there on, for its time', async () => {
    const graph = new TestGraph({
      faults: {
        faults: [
          { kind: 'refused', status: 404, operation: 'listJobs', occurrence: 3, forSeconds: 120 },
        ],
      },
    });
    const statuses = [];
    for (let call = 1; call <= 8; call += 1) {
      statuses.push((await graph.get('')).status, (await graph.get('/$count')).status);
      graph.clock.advance(30_000);
    }
    expect(statuses.filter((_, n) => n % 2 === 0)).toEqual([
      200, 200, 404, 404, 404, 404, 200, 200,
    ]);
    expect(statuses.filter((_, n) => n % 2 === 1)).toEqual(Array.from({ length: 8 }, () => 200));
  });

  it('can apply by a rate within it', async () => {
    const graph = new TestGraph({
      faults: {
        faults: [{ ...forbidden, operation: 'listJobs', occurrence: 2, forSeconds: 60, rate: 0.5 }],
      },
    });
    const times = (await struck(graph, 40)).length;
    expect(times).toBeGreaterThan(8);
    expect(times).toBeLessThan(32);
  });
});

describe('a fault with a tenant', () => {
  it('applies to calls with its tokens only, and counts only those', async () => {
    const graph = new TestGraph({
      faults: {
        faults: [
          {
            kind: 'throttledSilent',
            operation: 'listJobs',
            occurrence: 2,
            tenantId: sourceTenantId,
          },
        ],
      },
    });
    const token = await graph.token(undefined, sourceTenantId);
    const asSource = async (): Promise<number> =>
      (await graph.call('GET', '', undefined, { authorization: `Bearer ${token}` })).status;
    expect([
      (await graph.get('')).status,
      await asSource(),
      (await graph.get('')).status,
      await asSource(),
      await asSource(),
    ]).toEqual([200, 403, 200, 429, 403]);
    expect(targetTenantId).not.toBe(sourceTenantId);
  });
});
