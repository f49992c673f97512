import { expect } from 'vitest';
import {
  minute,
  pageOf,
  type TestGraph,
  userId,
} from '../../local/graph-emulator/test/testGraph.ts';
import { conformanceCase } from './conformanceCase.ts';
import { openGraph } from './openGraph.ts';

/** Creates jobs a minute apart; returns their ids, newest first. */
async function createJobs(graph: TestGraph, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 1; n <= count; n += 1) {
    ids.unshift(await graph.created({ displayName: `job ${String(n)}`, resources: [userId(n)] }));
    graph.clock.advance(minute);
  }
  return ids;
}

const users = (count: number): string[] => Array.from({ length: count }, (_, n) => userId(n + 1));

conformanceCase(12, async () => {
  const { graph } = await openGraph();
  const ids = await createJobs(graph, 20);
  const whole = pageOf(await graph.get(''));
  expect(whole).toEqual({ ids, nextLink: undefined });
  ids.unshift(await graph.created({ displayName: 'job 21' }));
  const first = pageOf(await graph.get(''));
  expect(first.ids).toEqual(ids.slice(0, 20));
  expect(first.nextLink).toMatch(/^http:.*[?]\$skiptoken=/);
});

conformanceCase(13, async () => {
  const { graph, client } = await openGraph();
  const ids = await createJobs(graph, 45);
  const read: string[] = [];
  let pages = 0;
  for (let link: string | undefined = ''; link !== undefined; pages += 1) {
    const page = pageOf(await graph.get(link));
    read.push(...page.ids);
    link = page.nextLink;
  }
  expect(read).toEqual(ids);
  expect(pages).toBe(3);
  const job = await graph.created({ displayName: 'many', resources: users(45) });
  const tasks = await client.listJobTasks(job);
  expect(tasks.kind === 'done' ? tasks.value.map(({ id }) => id) : tasks).toEqual(users(45));
});

conformanceCase(14, async () => {
  const { graph, client } = await openGraph({ scenario: { switches: { emptyFirstPage: true } } });
  const job = await graph.created({ resources: users(25) });
  const first = pageOf(await graph.get(`/${job}/users`));
  expect(first.ids).toEqual([]);
  expect(first.nextLink).toBeDefined();
  const tasks = await client.listJobTasks(job);
  expect(tasks.kind === 'done' ? tasks.value.map(({ id }) => id) : tasks).toEqual(users(25));
});
