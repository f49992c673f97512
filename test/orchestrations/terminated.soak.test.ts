import { afterEach, describe, expect, it } from 'vitest';
import type { Interference } from '../../local/graph-emulator/index.ts';
import { type InstanceState, resumeStopped } from '../../orchestrations/sweep.ts';
import { runInstanceId } from '../../shared/contracts/ids.ts';
import { noCounts } from '../../shared/domain/outcomes.ts';
import { openWorld, startMs, user, type World } from './world.ts';

let world: World;
afterEach(() => world.close());

const hour = 3_600_000;

/** The work of a batch at which something is ended from outside. */
interface Phase {
  readonly name: string;
  /** Refused with 503 as long as it lasts: the phase lasts for six hours. */
  readonly refuses?: (method: string, path: string) => boolean;
  readonly request?: object;
  readonly isHeld?: boolean;
  /** What lets the batch go on. */
  readonly then?: 'approve' | 'revalidate';
  readonly atMs: number;
  /** The orchestration that waits then. */
  readonly waiter: RegExp;
}

const phases: readonly Phase[] = [
  {
    name: 'creating',
    refuses: (method, path) => method === 'POST' && path.endsWith('/crossTenantMigrationJobs'),
    atMs: 2 * hour,
    waiter: /-e\d+$/,
  },
  { name: 'validating', atMs: 300_000, waiter: /-w\d+$/ },
  {
    name: 'held',
    request: { onInvalid: 'hold' },
    isHeld: true,
    then: 'revalidate',
    atMs: 3 * hour,
    waiter: /-g\d+$/,
  },
  {
    name: 'waiting for approval',
    request: { requestedBy: 'lee@fabrikam.com', approval: { required: true } },
    then: 'approve',
    atMs: 3 * hour,
    waiter: /-g\d+$/,
  },
  {
    name: 'syncing',
    request: { completeAfterDateTime: new Date(startMs + 30 * hour).toISOString() },
    atMs: 12 * hour,
    waiter: /-w\d+$/,
  },
  {
    name: 'recording',
    refuses: (_, path) => path.endsWith('/users'),
    atMs: 3 * hour,
    waiter: /-e\d+$/,
  },
];
const levels = ['waiter', 'batch', 'lane', 'migration', 'all'] as const;
const pairs = phases.flatMap((phase) => levels.map((level) => ({ ...phase, level })));

const running = async (): Promise<string[]> => {
  const ids: string[] = [];
  for (const instanceId of new Set(world.engine.turns.map((turn) => turn.instanceId))) {
    if ((await stateOf(instanceId)) === 'alive') ids.push(instanceId);
  }
  return ids;
};
const stateOf = async (instanceId: string): Promise<InstanceState> => {
  if ((await world.engine.call('GET', `instances/${instanceId}`)).status === 404) return 'missing';
  return ['Completed', 'Failed', 'Terminated'].includes(
    (await world.engine.status(instanceId)).runtimeStatus,
  )
    ? 'ended'
    : 'alive';
};
const terminate = async (instanceId: string): Promise<void> => {
  expect(
    (await world.engine.call('POST', `instances/${instanceId}/terminate?reason=mistake`)).status,
  ).toBe(202);
};

/** What the app does every five minutes. */
async function sweep(): Promise<number> {
  let resumed = 0;
  for (const one of await world.stores.migrations.listRunning()) {
    resumed += await resumeStopped(one, {
      stores: world.stores,
      nowMs: () => world.clock.now(),
      statusOf: stateOf,
      resume: async (migrationId, runCommandId) => {
        await world.engine.start(
          'migration',
          { migrationId, runCommandId, resumes: true },
          runCommandId === null ? migrationId : runInstanceId(migrationId, runCommandId),
        );
      },
    });
  }
  return resumed;
}

async function settleSwept(until: () => boolean): Promise<void> {
  for (let sweeps = 0; sweeps < 1_000 && !until(); sweeps += 1) {
    const nextMs = world.clock.now() + 300_000;
    world.clock.schedule(nextMs, () => undefined);
    await world.engine.settle(() => world.clock.now() >= nextMs || until());
    await sweep();
    await world.engine.host.idle();
  }
}

describe('what is ended from outside is begun again, and the migration ends in truth', () => {
  it.each(pairs)(
    '$level while $name',
    { timeout: 120_000 },
    async ({ level, refuses, request = {}, isHeld = false, then, atMs, waiter }) => {
      const interference: Interference = {
        before: ({ method, url }) =>
          Promise.resolve(
            refuses?.(method, new URL(url).pathname) === true &&
              world.clock.now() < startMs + 6 * hour
              ? new Response(null, { status: 503, headers: { 'retry-after': '300' } })
              : undefined,
          ),
      };
      world = await openWorld({
        interference,
        scenario: {
          timings: { validation: { min: 600, max: 900 } },
          users: isHeld ? [{ id: user(2), invalid: [{ workload: 'Teams', code: 'CTM-100' }] }] : [],
        },
      });
      const id = await world.accept(2, {
        completeAfterDateTime: new Date(startMs + 10 * hour).toISOString(),
        ...request,
      });
      await world.engine.settle(() => world.clock.now() >= startMs + atMs);
      const alive = await running();
      const named: Record<typeof level, readonly string[]> = {
        waiter: alive.filter((one) => waiter.test(one)),
        batch: [`${id}-b001`],
        lane: [`${id}-l001`],
        migration: [id],
        all: alive,
      };
      const struck = named[level];
      expect(struck.length, alive.join()).toBeGreaterThan(0);
      for (const instanceId of struck) await terminate(instanceId);
      await settleSwept(() => world.clock.now() > startMs + 20 * hour);
      if (then === 'approve') await world.ask(id, 'approve', { by: 'ana@fabrikam.com' });
      if (then === 'revalidate')
        expect(await world.ask(id, 'revalidate', { continueWithout: true })).toMatchObject({
          kind: 'accepted',
        });
      await settleSwept(() => world.clock.now() > startMs + 60 * hour);

      expect(await world.migration(id)).toMatchObject({
        phase: isHeld ? 'completedWithErrors' : 'completed',
        message: null,
        counts: isHeld ? { ...noCounts, succeeded: 1, invalid: 1 } : { ...noCounts, succeeded: 2 },
      });
      expect((await world.jobs()).map(({ status }) => status)).toEqual(
        isHeld ? ['cancelled', 'completed'] : ['completed'],
      );
      expect(
        (await world.log()).filter(({ effect }) => effect?.startsWith('migrate')),
      ).toHaveLength(1);
      expect((await world.answers(id)).filter((answer) => !answer.endsWith('applied'))).toEqual([]);
      expect((await world.stores.batches.list(id))[0]).toMatchObject({
        needsPerson: null,
        delayedOperation: null,
      });
      // Nothing runs on.
      expect(await running()).toEqual([]);
    },
  );
});
