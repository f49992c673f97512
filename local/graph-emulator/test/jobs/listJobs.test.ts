import { describe, expect, it } from 'vitest';
import { codesOf, minute, pageOf, TestGraph, userId } from '../testGraph.ts';

async function withJobs(
  count: number,
  scenario: Record<string, unknown> = {},
): Promise<{ graph: TestGraph; ids: string[] }> {
  const graph = new TestGraph({ scenario });
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    ids.unshift(await graph.created({ displayName: `job ${String(n)}`, resources: [userId(n)] }));
    graph.clock.advance(minute);
  }
  return { graph, ids };
}

/** Follows every link as it is. */
async function follow(graph: TestGraph, path: string): Promise<string[][]> {
  const pages: string[][] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const page = pageOf(await graph.get(next));
    pages.push(page.ids);
    next = page.nextLink;
  }
  return pages;
}

describe('listing jobs', () => {
  it('gives twenty a page, the newest first, each exactly once', async () => {
    const { graph, ids } = await withJobs(45);
    const pages = await follow(graph, '');
    expect(pages.map(({ length }) => length)).toEqual([20, 20, 5]);
    expect(pages.flat()).toEqual(ids);
  });

  it('links to a whole address with an opaque token on the host that was asked', async () => {
    const { graph } = await withJobs(21);
    const { nextLink } = pageOf(await graph.get(''));
    expect(nextLink).toMatch(
      /^http:\/\/graph\.test\/v1\.0\/solutions\/migrations\/CrossTenantMigrationJobs\?\$skiptoken=%5B%7B/,
    );
  });

  it('gives no link where there is no further page', async () => {
    const { graph, ids } = await withJobs(20);
    expect(pageOf(await graph.get(''))).toEqual({ ids, nextLink: undefined });
    expect(pageOf(await new TestGraph().get(''))).toEqual({ ids: [], nextLink: undefined });
  });

  it('does not repeat or skip a job when another one is created between two pages', async () => {
    const { graph, ids } = await withJobs(25);
    const first = pageOf(await graph.get(''));
    await graph.created({ displayName: 'late' });
    const second = pageOf(await graph.get(first.nextLink ?? ''));
    expect([...first.ids, ...second.ids]).toEqual(ids);
  });

  it('gives pages of $top, on every page, and clamps what is too large', async () => {
    const { graph, ids } = await withJobs(7);
    const pages = await follow(graph, '?$top=3');
    expect(pages.map(({ length }) => length)).toEqual([3, 3, 1]);
    expect(pages.flat()).toEqual(ids);
    expect(pageOf(await graph.get('?$top=5000')).ids).toEqual(ids);
  });

  it.each([
    '?$top=0',
    '?$top=-1',
    '?$top=many',
    '?$skiptoken=nonsense',
    '?$skiptoken=%5B%7B%22after%22%3A%22gone%22%7D%5D',
  ])('refuses %s', async (query) => {
    const { graph } = await withJobs(1);
    const reply = await graph.get(query);
    expect(reply.status).toBe(400);
    expect(codesOf(reply)).toEqual(['BadRequest']);
  });

  it('counts as plain text', async () => {
    const { graph } = await withJobs(3);
    const reply = await graph.get('/$count');
    expect(reply.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(reply.text).toBe('3');
  });

  it('can start with an empty page that has a link', async () => {
    const { graph, ids } = await withJobs(3, { switches: { emptyFirstPage: true } });
    expect(await follow(graph, '')).toEqual([[], ids]);
    const users = `/${ids[0] ?? ''}/users`;
    expect(await follow(graph, users)).toEqual([[], [userId(2)]]);
  });
});
