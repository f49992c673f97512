import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFinalPhase } from '../../shared/domain/outcomes.ts';
import { effects } from './emulator.ts';
import { startTestStack, type TestStack } from './testStack.ts';
import { waitFor } from './waitFor.ts';

const taskCount = 30;

let running: TestStack;
beforeAll(async () => {
  // Fewer places than tasks, so that some wait while others move.
  running = await startTestStack({
    speed: 7_200,
    settings: { MAX_QUEUED_MOVES: '20', BATCH_SIZE: '10' },
    scenario: { sharePoint: { switches: { maxQueuedMoves: 20 } } },
  });
}, 120_000);
afterAll(() => running.stop(), 60_000);

const createdTasks = async (): Promise<string[]> =>
  (await effects(running.stack.graphUrl)).filter((effect) => effect.startsWith('createTask'));
const site = (n: number) => ({
  '@odata.type': '#microsoft.graph.sharePointSiteMigrationTaskParameters',
  targetOrganizationHost: 'https://fabrico-my.sharepoint.com',
  sourceSiteUrl: `https://contoso.sharepoint.com/sites/s${String(n)}`,
  targetSiteUrl: `https://fabrico.sharepoint.com/sites/s${String(n)}`,
});

describe('a SharePoint migration', () => {
  it(
    'whose host is killed while tasks are created, and again while they move, creates each exactly once',
    { timeout: 180_000 },
    async () => {
      const { stack, api } = running;
      const tasks = Array.from({ length: taskCount }, (_, n) => site(n));
      const id = await api.postMigration(
        JSON.stringify({ kind: 'sharePoint', name: 'sites', validateFirst: true, tasks }),
      );
      for (const enough of [3, 12, 21]) {
        await waitFor(`${String(enough)} tasks`, async () =>
          (await createdTasks()).length >= enough ? true : undefined,
        );
        await stack.killHost();
        await stack.startHost();
      }
      const ended = await waitFor('the end of the migration', async () => {
        const migration = await api.migration(id);
        return isFinalPhase(migration.phase) ? migration : undefined;
      });
      expect(ended).toMatchObject({
        kind: 'sharePoint',
        phase: 'completed',
        counts: { succeeded: taskCount, failed: 0, pending: 0 },
      });
      expect(await createdTasks()).toHaveLength(taskCount);
    },
  );

  it('is refused with the path of every bad field', async () => {
    const answer = await running.post({
      kind: 'sharePoint',
      name: 'bad',
      tasks: [
        site(1),
        { ...site(1), '@odata.type': '#microsoft.graph.sharePointSiteMigrationParameters' },
      ],
      users: [],
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      code: 'invalidRequest',
      errors: [
        {
          path: 'tasks[1].@odata.type',
          message: expect.stringContaining('sharePointSiteMigrationTaskParameters') as string,
        },
        { path: 'users' },
      ],
    });
  });
});
