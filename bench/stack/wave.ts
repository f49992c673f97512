import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clockEnvironment } from '../../local/clock/clockSetting.ts';
import { realTime, ScaledClock } from '../../local/clock/scaledClock.ts';
import { ApiClient } from '../../local/demo/apiClient.ts';
import { sourceTenantId, targetTenantId } from '../../local/stack/stackProcesses.ts';
import { startStack } from '../../local/stack/startStack.ts';
import { SupervisedProcess } from '../../local/stack/supervisedProcess.ts';
import { migrateAllByScript, type ScriptJob } from '../baselines/migrateByScript.ts';
import { scriptClient } from '../baselines/scriptClient.ts';
import { benchUser } from './smallRequest.ts';

const speed = 1_000;
const latencyMs = 50;
const usersPerJob = 100;
const projectDir = join(import.meta.dirname, '..', '..');
const pollSeconds = 300;
const soonSeconds = 900;
// A job's own course takes three seconds at this speed instead of days: the calls are not lost in the waits.
const timings = {
  validation: { min: 300, max: 600 },
  processing: { min: 60, max: 120 },
  sync: { min: 1_200, max: 2_400 },
  cutover: { min: 600, max: 1_200 },
  token: 1e9,
};

interface SlowGraph {
  readonly url: string;
  readonly dir: string;
  readonly clock: ScaledClock;
  readonly scenarioFile: string;
}

async function withSlowGraph<T>(work: (graph: SlowGraph) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'tenant-ferry-wave-'));
  const clock = new ScaledClock(realTime(speed));
  const scenarioFile = join(dir, 'scenario.json');
  writeFileSync(scenarioFile, JSON.stringify({ timings }));
  try {
    const graph = await SupervisedProcess.start({
      name: 'slow graph',
      module: 'bench/stack/slowGraph.ts',
      args: ['--latency-ms', String(latencyMs), '--scenario', scenarioFile],
      workingDir: projectDir,
      environment: { ...process.env, ...clockEnvironment(clock) },
      logFile: join(dir, 'graph.log'),
      ready: /^ready (\S+)$/m,
      readyTimeoutSeconds: 30,
      stopTimeoutSeconds: 10,
    });
    try {
      return await work({ url: graph.ready[1] ?? '', dir, clock, scenarioFile });
    } finally {
      await graph.stop();
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Seconds that a script needs for so many jobs, `width` of them at a time. */
export function scriptWave(jobs: number, width: number): Promise<number> {
  return withSlowGraph(async ({ url, clock }) => {
    const client = scriptClient(url, targetTenantId, (request) => fetch(request));
    const all = Array.from({ length: jobs }, (_, index): ScriptJob => ({
      displayName: `script-${String(index)}`,
      users: Array.from({ length: usersPerJob }, (__, n) => benchUser(index * usersPerJob + n + 1)),
      sourceTenantId,
      completeAfterDateTime: () => new Date(clock.now() + soonSeconds * 1000).toISOString(),
    }));
    // The token, and a connection.
    await client.call('GET', '?$top=1');
    const startMs = performance.now();
    await migrateAllByScript(all, width, {
      client,
      sleep: (seconds) => sleep((seconds * 1000) / speed),
      pollSeconds,
      retrySeconds: 60,
    });
    return (performance.now() - startMs) / 1000;
  });
}

/** Seconds from the request for so many jobs to the summary of the migration. */
export function ourWave(jobs: number): Promise<number> {
  return withSlowGraph(async ({ url, dir, clock, scenarioFile }) => {
    const dataDir = join(dir, 'stack');
    const stack = await startStack({
      dataDir,
      speed,
      originMs: clock.now(),
      scenario: scenarioFile,
      settings: { GRAPH_BASE_URL: url, ...clockEnvironment(clock) },
    });
    try {
      const api = new ApiClient(stack.apiUrl);
      const startMs = performance.now();
      const id = await api.postMigration(
        JSON.stringify({
          kind: 'users',
          name: 'wave',
          sourceTenantId,
          users: Array.from({ length: jobs * usersPerJob }, (_, n) => benchUser(n + 1)),
          exchangeSettings: {
            sourceEndpoint: 'xt',
            targetDeliveryDomain: 'fabrikam.onmicrosoft.com',
          },
        }),
      );
      for (;;) {
        const { phase, finishedAt } = await api.migration(id);
        if (finishedAt !== null) {
          if (phase !== 'completed') throw new Error(`the wave ended as ${phase}`);
          return (performance.now() - startMs) / 1000;
        }
        await sleep(100);
      }
    } finally {
      await stack.stop();
    }
  });
}
