import { SteppedClock } from '../../local/clock/steppedClock.ts';
import { startMs } from '../../local/functions-host/test/durable/engineHarness.ts';
import {
  createEmulator,
  type Interference,
  type Scenario,
  scenarioSchema,
} from '../../local/graph-emulator/index.ts';
import { openWorld, user } from '../../test/orchestrations/world.ts';
import { migrateByScript } from '../baselines/migrateByScript.ts';
import { scriptClient } from '../baselines/scriptClient.ts';
import { runVirtually } from './virtualScripts.ts';

const usersPerJob = 100;
const share = 0.3;
const cutoverMs = startMs + 3 * 86_400_000;

export type Throttling = Readonly<
  Record<'callsPerNeededCall' | 'callsInsideRetryAfter' | 'pagesReadAgain', number>
>;

/**
 * A tenant that refuses 30 % of the calls, by lot, and asks for a wait of 10 to 120 seconds; whoever calls while it has
 * asked to wait is refused again and counted. A call was needed when it was answered and nobody had to ask the same again.
 */
function throttledTenant(
  seed: number,
  nowMs: () => number,
): { readonly interference: Interference; readonly result: () => Throttling } {
  let state = seed >>> 0;
  const random = (): number => {
    // Mulberry32.
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  let openUntilMs = 0;
  let sent = 0;
  let refused = 0;
  let inside = 0;
  let again = 0;
  const pagesSoFar = new Map<string, number>();
  const refuse = (seconds: number): Promise<Response> =>
    Promise.resolve(
      Response.json(
        { error: { code: 'TooManyRequests', message: 'Too many requests.' } },
        {
          status: 429,
          headers: { 'retry-after': String(seconds), date: new Date(nowMs()).toUTCString() },
        },
      ),
    );
  return {
    interference: {
      before: (request) => {
        if (!/crossTenantMigrationJobs/i.test(new URL(request.url).pathname))
          return Promise.resolve(undefined);
        sent += 1;
        const remainingSeconds = (openUntilMs - nowMs()) / 1000;
        if (remainingSeconds > 0) {
          refused += 1;
          inside += 1;
          return refuse(Math.ceil(remainingSeconds));
        }
        if (random() >= share) return Promise.resolve(undefined);
        const seconds = 10 + Math.floor(random() * 110);
        openUntilMs = nowMs() + seconds * 1000;
        refused += 1;
        return refuse(seconds);
      },
      after: async (request, response) => {
        const { pathname, search } = new URL(request.url);
        if (request.method !== 'GET' || !pathname.endsWith('/users')) return undefined;
        const list = pathname.toLowerCase();
        const pages = pagesSoFar.get(list) ?? 0;
        // Whoever starts over has read the pages before for nothing.
        const startsOver = !search.includes('$skiptoken') && !search.includes('%24skiptoken');
        if (startsOver) again += pages;
        const goesOn = (await response.clone().text()).includes('@odata.nextLink');
        pagesSoFar.set(list, goesOn ? (startsOver ? 0 : pages) + 1 : 0);
        return undefined;
      },
    },
    result: () => ({
      callsPerNeededCall: sent / (sent - refused - again),
      callsInsideRetryAfter: inside,
      pagesReadAgain: again,
    }),
  };
}

/** Batches of the app in such a tenant, from acceptance to summary. */
export async function ourThrottling(seed: number, jobs: number): Promise<Throttling> {
  let now = (): number => startMs;
  const tenant = throttledTenant(seed, () => now());
  const world = await openWorld({ scenario: { seed }, interference: tenant.interference });
  now = () => world.clock.now();
  try {
    const id = await world.accept(jobs * usersPerJob, {
      completeAfterDateTime: new Date(cutoverMs).toISOString(),
    });
    await world.engine.settle();
    const { phase } = await world.migration(id);
    if (phase !== 'completed') throw new Error(`the throttled migration ended as ${phase}`);
    return tenant.result();
  } finally {
    await world.close();
  }
}

/** As many scripts, side by side, that wait five seconds after any refusal. */
export async function scriptThrottling(seed: number, jobs: number): Promise<Throttling> {
  const clock = new SteppedClock(startMs);
  const tenant = throttledTenant(seed, () => clock.now());
  const scenario: Scenario = scenarioSchema.parse({ seed });
  const emulator = createEmulator({ scenario, clock, interference: tenant.interference });
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
          completeAfterDateTime: () => new Date(cutoverMs).toISOString(),
        };
        await migrateByScript(job, { client, sleep, pollSeconds: 900, retrySeconds: 5 });
      },
    ),
  );
  return tenant.result();
}
