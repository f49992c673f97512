import { serve, type ServerType } from '@hono/node-server';
import { Hono } from 'hono';
import { afterEach, describe, expect, it } from 'vitest';
import { ApiClient, ApiError, type MigrationDetail } from '../../../local/demo/apiClient.ts';
import { followMigrations, NotFinishedError } from '../../../local/demo/followMigrations.ts';
import { freePort } from '../../../local/stack/freePort.ts';
import { sampleBatch, sampleMigration, sampleTask } from './sample.ts';

let server: ServerType | undefined;
afterEach(() => {
  server?.close();
});

/** Starts an app with one migration, which is in the next of `stages` at each poll. */
async function serveStages(stages: readonly MigrationDetail[]): Promise<ApiClient> {
  let poll = 0;
  const app = new Hono()
    .get('/api/migrations', (context) => {
      const {
        batches: _,
        failures: _failures,
        failureSummary: _summary,
        needsPerson: _needs,
        ...migration
      } = stages[0] ?? sampleMigration();
      return context.json({ value: [migration] });
    })
    .get('/api/migrations/:id/tasks', (context) => context.json({ value: [sampleTask()] }))
    .get('/api/migrations/:id', (context) =>
      context.json(stages[Math.min(poll++, stages.length - 1)]),
    );
  const port = await freePort();
  server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' });
  return new ApiClient(`http://127.0.0.1:${String(port)}/api`);
}

function follow(
  api: ApiClient,
  seconds: number,
  shown: string[] = [],
  names = ['wave07'],
): Promise<readonly MigrationDetail[]> {
  return followMigrations({
    api,
    names,
    nowMs: () => 0,
    show: ({ migrations, tasks }) =>
      shown.push(`${migrations.map(({ phase }) => phase).join()} ${String(tasks.length)}`),
    deadlineMs: performance.now() + seconds * 1000,
    signal: new AbortController().signal,
  });
}

describe('following migrations', () => {
  it('shows every poll until the end, and returns the last state', async () => {
    const api = await serveStages([sampleMigration(), sampleMigration({ phase: 'completed' })]);
    const shown: string[] = [];
    const [last] = await follow(api, 20, shown);
    expect(last?.phase).toBe('completed');
    expect(shown).toEqual(['running 1', 'completed 1']);
  });

  it('continues after the end until onPoll returns true', async () => {
    const api = await serveStages([sampleMigration({ phase: 'completed' })]);
    const polls: number[] = [];
    await followMigrations({
      api,
      names: ['wave07'],
      nowMs: () => 0,
      show: () => undefined,
      onPoll: (migrations) => Promise.resolve(polls.push(migrations.length) === 3),
      deadlineMs: performance.now() + 20_000,
      signal: new AbortController().signal,
    });
    expect(polls).toEqual([1, 1, 1]);
  });

  it('fails after its deadline, and lists the migrations that have not ended', async () => {
    const api = await serveStages([
      sampleMigration({ batches: [sampleBatch({ jobStatus: 'inProgress' })] }),
    ]);
    const end = follow(api, 0, [], ['wave07', 'wave09']);
    await expect(end).rejects.toThrow(NotFinishedError);
    await expect(end).rejects.toThrow(
      /wave07: running; b001 syncing \(job inProgress\)\n.*wave09: not accepted yet/,
    );
  });

  it('fails with the response when the app returns an unexpected status', async () => {
    const port = await freePort();
    server = serve({
      fetch: () => new Response('storage is down', { status: 503 }),
      port,
      hostname: '127.0.0.1',
    });
    const end = follow(new ApiClient(`http://127.0.0.1:${String(port)}/api`), 20);
    await expect(end).rejects.toThrow(ApiError);
    await expect(end).rejects.toThrow('503: storage is down');
  });
});
