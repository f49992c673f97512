import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ApiClient, type MigrationDetail } from '../../local/demo/apiClient.ts';
import { type Stack, startStack } from '../../local/stack/startStack.ts';
import type { BatchPhase } from '../../shared/contracts/migration.ts';
import { isFinalPhase } from '../../shared/domain/outcomes.ts';
import { jobNames } from '../e2e/emulator.ts';
import { originMs } from '../e2e/testStack.ts';
import { userId, usersRequest } from '../e2e/usersRequest.ts';
import { waitFor } from '../e2e/waitFor.ts';
import { exchangeableVersions, unpackRelease } from './storedReleases.ts';

const projectDir = join(import.meta.dirname, '..', '..');
const instancesSchema = z.array(z.object({ instanceId: z.string(), runtimeStatus: z.string() }));
const series = 950;
const invalidUser = userId(series, 3);
const cancelledUser = userId(series, 7);
const failingUser = userId(series, 12);

const scenario = {
  timings: { sync: { min: 2 * 3_600, max: 4 * 3_600 } },
  users: [
    {
      id: invalidUser,
      invalid: [{ workload: 'Exchange', code: 'CTM-100', message: 'no identity mapping' }],
    },
    {
      id: failingUser,
      failed: [{ workload: 'Exchange', code: 'EXCH-08' }],
      failedTimes: 1,
    },
  ],
};
const site = (n: number) => ({
  '@odata.type': '#microsoft.graph.sharePointSiteMigrationTaskParameters',
  targetOrganizationHost: 'https://fabrico-my.sharepoint.com',
  sourceSiteUrl: `https://contoso.sharepoint.com/sites/d${String(n)}`,
  targetSiteUrl: `https://fabrico.sharepoint.com/sites/d${String(n)}`,
});

let dir = '';
let stack: Stack | undefined;
afterEach(async () => {
  await stack?.stop();
  rmSync(dir, { recursive: true, force: true });
}, 60_000);

/** Starts a stack on the first of two releases. `deploy` exchanges it for the other one, each time. */
async function startReleases(first: string, second: string) {
  const running = await startStack({
    dataDir: join(dir, 'data'),
    speed: 7_200,
    originMs,
    scenario: join(dir, 'scenario.json'),
    settings: { BATCH_SIZE: '5' },
    appDir: first,
  });
  stack = running;
  let deployed = first;
  return {
    running,
    deploy: async (): Promise<void> => {
      deployed = deployed === first ? second : first;
      await running.killHost();
      await running.startHost(deployed);
    },
  };
}

function isAny({ batches }: MigrationDetail, ...phases: readonly BatchPhase[]): boolean {
  return batches.some(({ phase }) => phases.includes(phase));
}

/** Returns the instances that have not completed. The first of a migration may end after its last row is written. */
async function unfinished({ apiUrl }: Stack): Promise<string[]> {
  const url = `${new URL(apiUrl).origin}/runtime/webhooks/durabletask/instances?top=1000`;
  return instancesSchema
    .parse(await (await fetch(url)).json())
    .flatMap(({ instanceId, runtimeStatus }) =>
      runtimeStatus === 'Completed' ? [] : [`${instanceId} ${runtimeStatus}`],
    );
}

const versions = exchangeableVersions();

// Without a release there is nothing to exchange.
describe.skipIf(versions.length === 0)('deployments between this code and a release', () => {
  it.each(
    versions.flatMap((version) => [
      { version, begins: `release ${version}` },
      { version, begins: 'this code' },
    ]),
  )(
    'back and forth with $version, begun by $begins, leave every migration as it should be',
    { timeout: 300_000 },
    async ({ version, begins }) => {
      dir = mkdtempSync(join(tmpdir(), 'tenant-ferry-releases-'));
      writeFileSync(join(dir, 'scenario.json'), JSON.stringify(scenario));
      const stored = join(dir, 'release');
      unpackRelease(version, stored);
      const { running, deploy } = await (begins === 'this code'
        ? startReleases(projectDir, stored)
        : startReleases(stored, projectDir));
      const api = new ApiClient(running.apiUrl);
      const untilEnd = (id: string) =>
        waitFor('the end of a migration', async () => {
          const migration = await api.migration(id);
          return isFinalPhase(migration.phase) ? migration : undefined;
        });
      const until = (id: string, moment: string, isNow: (migration: MigrationDetail) => boolean) =>
        waitFor(moment, async () => (isNow(await api.migration(id)) ? true : undefined));

      // A deployment takes hours on this clock.
      const completeAfterDateTime = new Date(running.clock.now() + 72 * 3_600_000).toISOString();
      const users = await api.postMigration(
        JSON.stringify(
          usersRequest('users', series, 15, {
            completeAfterDateTime,
            requestedBy: 'lee@fabrikam.com',
            approval: { required: true, timeoutHours: 700 },
          }),
        ),
      );
      const sites = await api.postMigration(
        JSON.stringify({
          kind: 'sharePoint',
          name: 'sites',
          validateFirst: true,
          tasks: Array.from({ length: 6 }, (_, n) => site(n)),
        }),
      );
      await deploy();
      await until(users, 'a validation', (migration) => isAny(migration, 'validating'));
      await deploy();
      await until(users, 'the request for approval', ({ approvals }) => approvals.length > 0);
      await deploy();
      await api.command(users, 'approve', { by: 'kim@fabrikam.com' });
      await until(users, 'a move', (migration) => isAny(migration, 'syncing'));
      await deploy();
      await api.command(users, `tasks/${cancelledUser}/cancel`, {});
      await deploy();
      expect((await untilEnd(users)).counts).toMatchObject({
        succeeded: 12,
        invalid: 1,
        cancelled: 1,
        failed: 1,
      });
      await deploy();
      await api.command(users, 'retry', {});
      await waitFor('the end of the retry', async () => {
        const { phase, counts } = await api.migration(users);
        return isFinalPhase(phase) && counts.failed === 0 ? true : undefined;
      });

      expect((await untilEnd(users)).counts).toEqual({
        succeeded: 13,
        invalid: 1,
        cancelled: 1,
        failed: 0,
        validated: 0,
        unknown: 0,
        pending: 0,
      });
      expect((await untilEnd(sites)).counts).toMatchObject({ succeeded: 6, failed: 0, pending: 0 });
      expect(
        (await api.commands(users)).map(({ kind, state }) => `${kind} ${state}`).sort(),
      ).toEqual(['approve applied', 'cancelTask applied', 'retry applied']);
      expect(new Set(await jobNames(running.graphUrl)).size).toBe(
        (await jobNames(running.graphUrl)).length,
      );
      await expect.poll(() => unfinished(running), { timeout: 20_000 }).toEqual([]);
    },
  );
});
