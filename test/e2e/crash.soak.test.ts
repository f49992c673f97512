import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MigrationDetail } from '../../local/demo/apiClient.ts';
import type { BatchPhase } from '../../shared/contracts/migration.ts';
import { isFinalPhase } from '../../shared/domain/outcomes.ts';
import { jobNames } from './emulator.ts';
import { startTestStack, type TestStack } from './testStack.ts';
import { userId, usersRequest } from './usersRequest.ts';
import { waitFor } from './waitFor.ts';

interface Moment {
  readonly moment: string;
  /** The users of that run; in each, user 3 fails validation, who is in the first of three batches. */
  readonly series: number;
  readonly reached: (migration: MigrationDetail, jobs: readonly string[]) => boolean;
}

/** When the host is killed. */
const moments: readonly Moment[] = [
  { moment: 'just after the request was accepted', series: 931, reached: () => true },
  { moment: 'as soon as Graph has a job', series: 932, reached: (_, jobs) => jobs.length > 0 },
  {
    moment: 'while batches are validated',
    series: 933,
    reached: (migration) => isAny(migration, ['validating', 'cancelling']),
  },
  {
    moment: 'while users are moved',
    series: 934,
    reached: (migration) => isAny(migration, ['syncing', 'cuttingOver']),
  },
];
const batchSize = 20;

function isAny({ batches }: MigrationDetail, phases: readonly BatchPhase[]): boolean {
  return batches.some(({ phase }) => phases.includes(phase));
}

let running: TestStack;
beforeAll(async () => {
  running = await startTestStack({
    speed: 7_200,
    settings: { BATCH_SIZE: String(batchSize) },
    scenario: {
      timings: { sync: { min: 2 * 3_600, max: 4 * 3_600 } },
      users: moments.map(({ series }) => ({
        id: userId(series, 3),
        invalid: [{ workload: 'Exchange', code: 'CTM-100', message: 'no identity mapping' }],
      })),
    },
  });
}, 120_000);
afterAll(() => running.stop(), 60_000);

describe('a host that is killed', () => {
  it.each(moments)(
    '$moment goes on where it was: every user has an outcome and every batch one job',
    { timeout: 120_000 },
    async ({ series, reached }) => {
      const { stack, api } = running;
      const name = `crash-${String(series)}`;
      const completeAfterDateTime = new Date(stack.clock.now() + 12 * 3_600_000).toISOString();
      const id = await api.postMigration(
        JSON.stringify(usersRequest(name, series, 3 * batchSize, { completeAfterDateTime })),
      );
      const ownJobs = async (): Promise<string[]> =>
        (await jobNames(stack.graphUrl)).filter((job) => job.startsWith(`${name}-`));
      await waitFor('the moment to kill the host', async () =>
        reached(await api.migration(id), await ownJobs()) ? true : undefined,
      );
      await stack.killHost();
      await expect(api.migration(id)).rejects.toThrow('fetch failed');
      await stack.startHost();
      const ended = await waitFor('the end of the migration', async () => {
        const migration = await api.migration(id);
        return isFinalPhase(migration.phase) ? migration : undefined;
      });
      expect(ended.phase).toBe('completedWithErrors');
      expect(ended.counts).toEqual({
        succeeded: 3 * batchSize - 1,
        invalid: 1,
        failed: 0,
        validated: 0,
        cancelled: 0,
        unknown: 0,
        pending: 0,
      });
      expect(ended.batches.map(({ phase }) => phase)).toEqual([
        'completedWithErrors',
        'completed',
        'completed',
      ]);

      const attempts = (await ownJobs()).map((job) => job.slice(name.length + 1, name.length + 8));
      expect(attempts.sort()).toEqual(['b001-a1', 'b001-a2', 'b002-a1', 'b003-a1']);
    },
  );
});
