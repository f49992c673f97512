import { SteppedClock } from '../../local/clock/steppedClock.ts';
import { startMs } from '../../local/functions-host/test/durable/engineHarness.ts';
import { createEmulator, type Scenario, scenarioSchema } from '../../local/graph-emulator/index.ts';
import { openWorld, user } from '../../test/orchestrations/world.ts';
import { migrateByScript } from '../baselines/migrateByScript.ts';
import { scriptClient } from '../baselines/scriptClient.ts';
import { quantile } from '../report/spread.ts';
import { type Notice, noticing } from './noticing.ts';
import { runVirtually } from './virtualScripts.ts';

const days = 14;
const jobs = 2;
const usersPerJob = 100;
const nearMs = 30 * 60_000;
const pollLongestSeconds = 900;

/** Another moment of the day in every round: a date that fits the interval of a loop would be met by luck. */
const cutoverMs = (seed: number): number =>
  startMs + days * 86_400_000 + ((seed * 2_399) % 3_600) * 1_000;

export type Detection = Readonly<
  Record<
    'graphCallsPerJob' | 'delayMinutesNearCutover' | 'delayMinutesNearCutoverP90' | 'delayMinutes',
    number
  >
>;

/** The app's own cadence over four jobs of two weeks. */
export async function ourDetection(seed: number): Promise<Detection> {
  const watch = noticing();
  const world = await openWorld({ scenario: { seed }, interference: watch.interference });
  try {
    await world.accept(jobs * usersPerJob, {
      completeAfterDateTime: new Date(cutoverMs(seed)).toISOString(),
    });
    await world.engine.settle();
    return detectionOf(watch.notices, watch.calls(), cutoverMs(seed));
  } finally {
    await world.close();
  }
}

/** A script that looks at its job at a fixed interval from the first minute to the last. */
export async function fixedDetection(seed: number, pollSeconds: number): Promise<Detection> {
  const watch = noticing();
  const scenario: Scenario = scenarioSchema.parse({ seed });
  const clock = new SteppedClock(startMs);
  const emulator = createEmulator({ scenario, clock, interference: watch.interference });
  const client = scriptClient('http://127.0.0.1:7080', scenario.targetTenantId, (request) =>
    emulator.fetch(request),
  );
  await runVirtually(
    clock,
    Array.from(
      { length: jobs },
      (_, index) => async (sleep: (seconds: number) => Promise<void>) => {
        const users = Array.from({ length: usersPerJob }, (__, n) =>
          user(index * usersPerJob + n + 1),
        );
        const job = {
          displayName: `script-${String(index)}`,
          users,
          sourceTenantId: scenario.sourceTenantIds[0] ?? '',
          completeAfterDateTime: () => new Date(cutoverMs(seed)).toISOString(),
        };
        // Nobody starts four scripts in the same second.
        await sleep(((index + 1) * seed * 137) % pollLongestSeconds);
        await migrateByScript(job, { client, sleep, pollSeconds, retrySeconds: 5 });
      },
    ),
  );
  return detectionOf(watch.notices, watch.calls(), cutoverMs(seed));
}

function detectionOf(notices: readonly Notice[], calls: number, cutover: number): Detection {
  const minutes = (some: readonly Notice[]): number[] =>
    some.map(({ delayMs }) => delayMs / 60_000).toSorted((a, b) => a - b);
  const near = minutes(notices.filter(({ changedAtMs }) => changedAtMs >= cutover - nearMs));
  return {
    graphCallsPerJob: calls / jobs,
    delayMinutesNearCutover: quantile(near, 0.5),
    delayMinutesNearCutoverP90: quantile(near, 0.9),
    delayMinutes: quantile(minutes(notices), 0.5),
  };
}
