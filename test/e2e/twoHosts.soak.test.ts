import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { clockEnvironment } from '../../local/clock/clockSetting.ts';
import { ApiClient } from '../../local/demo/apiClient.ts';
import { freePort } from '../../local/stack/freePort.ts';
import { hostProcess } from '../../local/stack/stackProcesses.ts';
import { SupervisedProcess } from '../../local/stack/supervisedProcess.ts';
import { isFinalPhase } from '../../shared/domain/outcomes.ts';
import { documentedFetch } from './documentedFetch.ts';
import { jobNames } from './emulator.ts';
import { startTestStack, type TestStack } from './testStack.ts';
import { usersRequest } from './usersRequest.ts';
import { waitFor } from './waitFor.ts';

let running: TestStack;
beforeAll(async () => {
  running = await startTestStack({
    speed: 3_600,
    scenario: { timings: { sync: { min: 3_600, max: 7_200 } } },
  });
}, 120_000);
afterAll(() => running.stop(), 60_000);

it(
  'a second host on the same task hub is refused in one line, and may have it as soon as the first is killed',
  { timeout: 180_000 },
  async () => {
    const { stack, api } = running;
    const completeAfterDateTime = new Date(stack.clock.now() + 12 * 3_600_000).toISOString();
    const id = await api.postMigration(
      JSON.stringify(usersRequest('shared', 850, 3, { completeAfterDateTime })),
    );
    await waitFor('the job', async () =>
      (await jobNames(stack.graphUrl)).length > 0 ? true : undefined,
    );

    const { dataDir, clock, graphUrl, connectionString } = stack;
    const port = await freePort();
    const own = hostProcess({
      dataDir,
      port,
      speed: clock.setting.speed,
      clock: clockEnvironment(clock),
      graphUrl,
      connectionString,
      settings: {},
    });
    const second = { ...own, logFile: join(dataDir, 'logs', 'second.log') };
    await expect(SupervisedProcess.start(second)).rejects.toThrow(
      /^host ended with exit code 1 before it was ready; the end of .*second\.log:\n\s*process \d+ works on the same data \(.*host.durable.lock\.sqlite\); stop it or choose another data folder$/,
    );
    expect((await api.migration(id)).phase).toBe('running');

    await stack.killHost();
    const apiUrl = `http://127.0.0.1:${String(port)}/api`;
    const there = new ApiClient(apiUrl, documentedFetch(apiUrl));
    const successor = await SupervisedProcess.start(second);
    try {
      const ended = await waitFor('the end of the migration', async () => {
        const { phase } = await there.migration(id);
        return isFinalPhase(phase) ? phase : undefined;
      });
      expect(ended).toBe('completed');
      expect(await jobNames(graphUrl)).toHaveLength(1);
    } finally {
      await successor.stop();
    }
  },
);
