import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type SpawnedHost, spawnHost } from './spawnHost.ts';
import { sharedDir } from './temporaryDir.ts';
import { until } from './until.ts';

const entrySchema = z.looseObject({
  isPastDue: z.boolean(),
  schedule: z.object({ adjustForDST: z.boolean() }),
  scheduleStatus: z
    .object({ last: z.string(), lastUpdated: z.string(), next: z.string() })
    .nullable(),
});
const env = { TEN_MINUTES: '0 */10 * * * *' };
const args = ['--speed', '3600'];
const dir = sharedDir();
let host: SpawnedHost;
beforeAll(async () => {
  host = await spawnHost({ app: 'timers', args, env, dataDir: dir.path });
}, 30_000);
afterAll(async () => {
  await host.stop();
  dir.remove();
});

function entries(name: string): unknown[] {
  return [...host.output().matchAll(new RegExp(`\\] ${name}: (\\{.*\\})$`, 'gm'))].map(
    ([, text]) => JSON.parse(text ?? '') as unknown,
  );
}

async function someEntries(name: string, count: number): Promise<unknown[]> {
  return until(`${String(count)} runs of ${name}`, () =>
    entries(name).length >= count ? entries(name).slice(0, count) : undefined,
  );
}

describe('timer functions', () => {
  it('run by their NCRONTAB expression, which may be a setting, and get their schedule status', async () => {
    const runs = (await someEntries('ten', 3)).map((entry) =>
      entrySchema.extend({ now: z.string() }).parse(entry),
    );
    for (const { now, scheduleStatus } of runs) {
      expect(scheduleStatus?.next).toMatch(/T\d\d:\d0:00\.000Z$/);
      expect(Date.parse(now)).toBeGreaterThanOrEqual(Date.parse(scheduleStatus?.next ?? ''));
    }
    const [first, second] = runs;
    expect(first?.scheduleStatus?.last).toBe('0001-01-01T00:00:00+00:00');
    expect(Date.parse(second?.scheduleStatus?.last ?? '')).toBeGreaterThanOrEqual(
      Date.parse(first?.scheduleStatus?.next ?? ''),
    );
    expect(second?.scheduleStatus?.next).not.toBe(first?.scheduleStatus?.next);
    expect(second).toMatchObject({ isPastDue: false, schedule: { adjustForDST: true } });
    expect(host.output()).toMatch(
      /Executing 'Functions\.everyTenMinutes' \(Reason='Timer fired at \d{4}-/,
    );
  });

  it('run at the start with runOnStartup', async () => {
    const [run] = await someEntries('at start', 1);
    expect(entrySchema.parse(run)).toMatchObject({
      isPastDue: false,
      scheduleStatus: { last: '0001-01-01T00:00:00+00:00' },
    });
  });

  it('run by a time span; below a minute they have no schedule status', async () => {
    const [run] = await someEntries('interval', 1);
    expect(entrySchema.parse(run).scheduleStatus).toBeNull();
  });

  it('are retried after a fixed delay, with the number of the retry, until the policy allows no more', async () => {
    const runs = z
      .array(
        z.looseObject({
          retryCount: z.number(),
          maxRetryCount: z.number(),
          now: z.number(),
          exception: z.looseObject({ message: z.string() }).optional(),
        }),
      )
      .parse(await someEntries('fixed', 3));
    expect(
      runs.map(({ retryCount, maxRetryCount, exception }) => ({
        retryCount,
        maxRetryCount,
        message: exception?.message,
      })),
    ).toEqual([
      { retryCount: 0, maxRetryCount: 2, message: undefined },
      { retryCount: 1, maxRetryCount: 2, message: 'never works' },
      { retryCount: 2, maxRetryCount: 2, message: 'never works' },
    ]);
    const waits = runs.slice(1).map(({ now }, index) => now - (runs[index]?.now ?? 0));
    for (const wait of waits) expect(wait).toBeGreaterThanOrEqual(300_000);
    await someEntries('ten', entries('ten').length + 2);
    expect(entries('fixed')).toHaveLength(3);
  });

  it('are retried with a growing delay up to its limit, until they succeed', async () => {
    const runs = z
      .array(z.object({ count: z.number(), now: z.number() }))
      .parse(await someEntries('growing', 4));
    const waits = runs.slice(1).map(({ now }, index) => now - (runs[index]?.now ?? 0));
    [60_000, 120_000, 120_000].forEach((leastMs, index) => {
      expect(waits[index]).toBeGreaterThanOrEqual(leastMs);
    });
    await someEntries('ten', entries('ten').length + 2);
    expect(entries('growing')).toHaveLength(4);
  });

  it('run by hand through the admin API', async () => {
    const before = entries('at start').length;
    expect(
      (await fetch(`${host.url}/admin/functions/atStart`, { method: 'POST', body: '{}' })).status,
    ).toBe(202);
    const runs = await someEntries('at start', before + 1);
    expect(runs.at(-1)).toMatchObject({ isPastDue: false, scheduleStatus: null });
  });

  it('run at once when a run was missed while the host was down', async () => {
    await someEntries('ten', 1);
    await host.stop('SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 300));
    host = await spawnHost({ app: 'timers', args, env, dataDir: dir.path });
    const [run] = await someEntries('ten', 1);
    expect(entrySchema.parse(run).isPastDue).toBe(true);
  }, 30_000);

  it('do not run at once when the schedule has changed: no run was missed', async () => {
    await someEntries('ten', 1);
    await host.stop('SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 300));
    const changed = { TEN_MINUTES: '0 5/10 * * * *' };
    host = await spawnHost({ app: 'timers', args, env: changed, dataDir: dir.path });
    const [run] = await someEntries('ten', 1);
    const { isPastDue, scheduleStatus } = entrySchema.parse(run);
    expect(isPastDue).toBe(false);
    expect(scheduleStatus?.next).toMatch(/T\d\d:\d5:00\.000Z$/);
  }, 30_000);
});
