import { z } from 'zod';
import { SteppedClock } from '../../local/clock/steppedClock.ts';
import { startMs } from '../../local/functions-host/test/durable/engineHarness.ts';
import { createEmulator, scenarioSchema } from '../../local/graph-emulator/index.ts';
import { openWorld, user } from '../../test/orchestrations/world.ts';
import { lookPerUser } from '../baselines/perUserReads.ts';
import { scriptClient } from '../baselines/scriptClient.ts';
import { countedStores, type StorageCount } from './countedStores.ts';

export interface Observation {
  /** Calls of Graph to see every user of a batch of 100 once. */
  readonly graphCalls: number;
  /** Rows written by looks at a job in which nothing has changed, all together. */
  readonly writesUnchanged: number;
  /** Reads of storage by the same looks, for each look. */
  readonly readsPerLook: number;
}

const users = 100;
const settled = 60;
const polls = 40;

/** Looks at a batch of 100 users whose job stands still, as the app does. */
export async function ourObservation(): Promise<Observation> {
  let count: StorageCount = { writes: 0, reads: 0 };
  const world = await openWorld({
    scenario: { jobs: [{ user: user(1), stuckIn: 'inProgress' }] },
    wrap: (services) => {
      const counted = countedStores(services.stores);
      count = counted.count;
      return { ...services, stores: counted.stores };
    },
  });
  try {
    await world.accept(users, { completeAfterDateTime: '2036-12-01T22:00:00Z' });
    const seen: { readonly calls: number; readonly writes: number; readonly reads: number }[] = [];
    let taken = 0;
    while (seen.length <= settled + polls) {
      const generations = (): number =>
        world.engine.turns.filter(({ name, events }) => name === 'watch' && events === 2).length;
      await world.engine.settle(() => generations() > taken);
      taken = generations();
      seen.push({ calls: (await world.log()).length, writes: count.writes, reads: count.reads });
    }
    const first = seen[settled];
    const last = seen.at(-1);
    if (first === undefined || last === undefined) throw new Error('nothing was looked at');
    const calls = seen.slice(1).map((look, index) => look.calls - (seen[index]?.calls ?? 0));
    return {
      graphCalls: Math.max(...calls.slice(settled)),
      writesUnchanged: last.writes - first.writes,
      readsPerLook: (last.reads - first.reads) / (seen.length - 1 - settled),
    };
  } finally {
    await world.close();
  }
}

const idSchema = z.looseObject({ id: z.string() });

/** The same looks, a GET for each user, every row written again. */
export async function scriptObservation(): Promise<Observation> {
  const scenario = scenarioSchema.parse({});
  const emulator = createEmulator({ scenario, clock: new SteppedClock(startMs) });
  const client = scriptClient('http://127.0.0.1:7080', scenario.targetTenantId, (request) =>
    emulator.fetch(request),
  );
  const userIds = Array.from({ length: users }, (_, n) => user(n + 1));
  const created = await client.call('POST', '', {
    displayName: 'observed',
    sourceTenantId: scenario.sourceTenantIds[0],
    completeAfterDateTime: '2036-12-01T22:00:00Z',
    resourceType: 'Users',
    workloads: ['Teams', 'Exchange', 'ODSP', 'Meeting'],
    exchangeSettings: { sourceEndpoint: 'xt', targetDeliveryDomain: 'fabrikam.onmicrosoft.com' },
    resources: userIds,
  });
  const { id } = idSchema.parse(created.body);
  await client.call('POST', `/${id}/validate`);
  const rows = new Map<string, unknown>();
  let graphCalls = 0;
  let writesUnchanged = 0;
  for (let look = 1; look <= polls; look += 1) {
    const one = await lookPerUser({
      jobId: id,
      userIds,
      get: async (path) => (await client.call('GET', path)).body,
      write: ({ userId, seen }) => rows.set(userId, seen),
    });
    graphCalls = one.graphCalls;
    writesUnchanged += one.rowsWritten;
  }
  return { graphCalls, writesUnchanged, readsPerLook: 0 };
}
