import { afterEach, describe, expect, it } from 'vitest';
import {
  df,
  type EngineUnderTest,
  openEngine,
  startMs,
} from '../../local/functions-host/test/durable/engineHarness.ts';
import type { ActivityServices } from '../../orchestrations/activityServices.ts';
import { finishMigration } from '../../orchestrations/migration/finish.ts';
import { nextBatch } from '../../orchestrations/migration/nextBatch.ts';
import { planMigration } from '../../orchestrations/migration/plan.ts';
import { activities, orchestrators } from '../../orchestrations/names.ts';
import { type InstanceState, resumeStopped } from '../../orchestrations/sweep.ts';
import { type BatchRun, batchRunSchema } from '../../shared/contracts/internal/batch.ts';
import { ownsBatch } from '../../shared/domain/batchStates.ts';
import { noCounts } from '../../shared/domain/outcomes.ts';
import { createMemoryStores, type MemoryStores } from '../memoryStores/memoryStores.ts';
import { aMigration, aRequest, taken } from '../shared/storage/sampleRows.ts';
import { noJobs } from './noJobs.ts';

// After the harness, which gives the library its core module: the library looks it up only once.
const { lane } = await import('../../orchestrations/migration/migration.ts');
const { migration } = await import('../../orchestrations/migration/migration.ts');

const hour = 3_600_000;
const id = 'm-lanes';
let stores: MemoryStores;
let engine: EngineUnderTest;
/** Every batch that was begun, in the order in which that happened. */
let begun: BatchRun[];
/** Batches whose orchestration came to its end without owning the batch any more. */
let strayed: string[];
let services: ActivityServices;
/** How many batches are still to fail as soon as they have begun. */
let broken: number;

// The chain of a batch is not what these tests are about: this one takes six hours, and shows on the row that it has begun.
df.app.orchestration(orchestrators.batch, function* (context) {
  const run = batchRunSchema.parse(context.df.getInput());
  if ((yield context.df.callActivity('beginBatch', run)) === 'broken') throw new Error('a bug');
  for (let waits = 0; waits < 12; waits += 1)
    yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + hour / 2));
  yield context.df.callActivity('endBatch', run);
  return { ok: true };
});
df.app.orchestration(orchestrators.lane, lane);
df.app.orchestration(orchestrators.migration, migration);
df.app.activity('beginBatch', {
  handler: async (input: unknown) => {
    const run = batchRunSchema.parse(input);
    begun.push(run);
    await stores.batches.update(id, run.batchId, { phase: 'creating' });
    broken -= 1;
    return broken >= 0 ? 'broken' : 'works';
  },
});
df.app.activity('endBatch', {
  handler: async (input: unknown) => {
    const run = batchRunSchema.parse(input);
    const finishedAt = new Date(engine.clock.now()).toISOString();
    const isEnded = await stores.batches.change(id, run.batchId, (batch) =>
      ownsBatch(batch, run)
        ? { phase: 'completed', counts: { ...noCounts, succeeded: batch.taskCount }, finishedAt }
        : undefined,
    );
    if (!isEnded) strayed.push(run.batchId);
    return null;
  },
});
for (const [name, handler] of [
  [activities.planMigration, planMigration],
  [activities.nextBatch, nextBatch],
  [activities.finishMigration, finishMigration],
] as const) {
  df.app.activity(name, { handler: (input: unknown) => handler(input, services) });
}

/** A migration of `batches` batches of one user, two of them at a time. */
async function start(
  batches: number,
  {
    failing = 0,
    troubled = () => ({}),
  }: {
    readonly failing?: number;
    readonly troubled?: (stores: MemoryStores) => Partial<MemoryStores>;
  } = {},
): Promise<void> {
  stores = createMemoryStores();
  [begun, strayed, broken] = [[], [], failing];
  engine = await openEngine();
  const users = Array.from(
    { length: batches },
    (_, n) => `aaaaaaaa-0000-4000-8000-${String(n + 1).padStart(12, '0')}`,
  );
  await stores.migrations.accept(
    taken(
      aMigration(id, {
        batchSize: 1,
        taskCount: batches,
        batchCount: batches,
        acceptedAt: new Date(startMs).toISOString(),
      }),
      aRequest(id, users),
    ),
  );
  services = {
    stores: { ...stores, ...troubled(stores) },
    jobs: noJobs,
    maxQueuedMoves: 10,
    maxParallelBatches: 2,
    userTaskWrites: false,
    warn: () => undefined,
    nowMs: () => engine.clock.now(),
  };
  await engine.start('migration', { migrationId: id }, id);
}

const until = (hours: number): Promise<void> =>
  engine.settle(() => engine.clock.now() >= startMs + hours * hour);
const terminate = async (instanceId: string): Promise<void> => {
  expect(
    (await engine.call('POST', `instances/${instanceId}/terminate?reason=mistake`)).status,
  ).toBe(202);
};
const statusOf = async (instanceId: string): Promise<InstanceState> => {
  const answer = await engine.call('GET', `instances/${instanceId}`);
  if (answer.status === 404) return 'missing';
  return ['Completed', 'Failed', 'Terminated'].includes(
    (await engine.status(instanceId)).runtimeStatus,
  )
    ? 'ended'
    : 'alive';
};
const resume = async (migrationId: string, runCommandId: string | null): Promise<void> => {
  await engine.start('migration', { migrationId, runCommandId, resumes: true }, migrationId);
};
const sweep = async (): Promise<number> => {
  let resumed = 0;
  for (const one of await stores.migrations.listRunning()) {
    resumed += await resumeStopped(one, {
      stores,
      nowMs: () => engine.clock.now(),
      statusOf,
      resume,
    });
  }
  return resumed;
};

/** Lets everything run, with the sweep that comes every five minutes: on Azure a lane that is terminated takes its migration along. */
const toTheEnd = async (): Promise<void> => {
  do await engine.settle();
  while ((await sweep()) > 0);
};
const runs = (): string[] =>
  begun.map(
    ({ batchId, restarts, resumes }) =>
      `${batchId}${restarts > 0 ? ` x${String(restarts)}` : ''}${resumes ? ' resumes' : ''}`,
  );
const summed = (succeeded: number) => ({
  phase: 'completed',
  message: null,
  counts: { ...noCounts, succeeded },
});

afterEach(() => engine.stop());

describe('a batch whose orchestration', () => {
  it('is ended from outside is begun again and goes on where its row says it stands, and so is what its lane had not begun', async () => {
    await start(4);
    await until(1);
    await terminate(`${id}-b001`);
    await toTheEnd();
    expect(runs().toSorted()).toEqual(['b001', 'b001 x1 resumes', 'b002', 'b003 x1', 'b004']);
    expect(await stores.migrations.get(id)).toMatchObject(summed(4));
    expect((await stores.audit.list(id, { pageSize: 50 })).items.map(({ type }) => type)).toContain(
      'batch.restarted',
    );
  });

  it('fails is begun again as often as that happens, each time after a longer wait', async () => {
    await start(1, { failing: 4 });
    const begins: number[] = [];
    for (const times of [0, 1, 2, 3, 4]) {
      await engine.settle(() => begun.length > times);
      begins.push(engine.clock.now());
    }
    await engine.settle();
    expect(runs()).toEqual(['b001', ...[1, 2, 3, 4].map((n) => `b001 x${String(n)} resumes`)]);
    expect(begins.slice(1).map((at, index) => (at - (begins[index] ?? 0)) / 1000)).toEqual([
      60, 60, 60, 120,
    ]);
    expect(await stores.migrations.get(id)).toMatchObject(summed(1));
  });
});

describe('a lane that is ended from outside', () => {
  it('leaves nothing behind: what it had not begun is begun, and what runs on by itself is left to end', async () => {
    await start(6);
    await until(1);
    await terminate(`${id}-l001`);
    await toTheEnd();
    expect(runs().filter((run) => /b00[246]/.test(run))).toEqual(['b002', 'b004', 'b006']);
    expect(runs().filter((run) => run.includes('b005'))).toEqual(['b005 x1']);
    expect(await stores.migrations.get(id)).toMatchObject(summed(6));
  });
});

describe('an orchestration that runs on although its batch has another owner', () => {
  it('has no effect on the batch', async () => {
    await start(1);
    await until(1);
    for (const instanceId of [id, `${id}-l001`])
      await engine.call('POST', `instances/${instanceId}/terminate`);
    await engine.host.idle();
    await resume(id, null);
    await engine.settle();
    expect(runs()).toEqual(['b001', 'b001 x1 resumes']);
    expect(strayed).toEqual(['b001']);
    expect(await stores.migrations.get(id)).toMatchObject(summed(1));
  });
});

describe('storage that is out of reach for hours', () => {
  const failsUntil = (hours: number): void => {
    if (engine.clock.now() < startMs + hours * hour)
      throw new Error('out of reach\nat a stack trace');
  };

  it('delays planning, which says so as soon as it can', async () => {
    const messages: (string | null)[] = [];
    await start(2, {
      troubled: ({ tasks, migrations }) => ({
        tasks: {
          ...tasks,
          insertMissing: async (rows) => (failsUntil(4), tasks.insertMissing(rows)),
        },
        migrations: {
          ...migrations,
          update: async (migrationId, changes) => (
            messages.push(changes.message ?? null),
            migrations.update(migrationId, changes)
          ),
        },
      }),
    });
    await engine.settle();
    expect(await stores.migrations.get(id)).toMatchObject(summed(2));
    expect(messages[0]).toMatch(
      /^retrying after an error: activityFailed: the activity planMigration failed at every try; the log has the reason under the operation id \S+\/planMigration$/,
    );
    expect((await stores.migrations.get(id))?.message).toBeNull();
    expect(runs()).toEqual(['b001', 'b002']);
  });

  it('delays the summary', async () => {
    await start(2, {
      troubled: ({ outcomes }) => ({
        outcomes: { send: async (message) => (failsUntil(12), outcomes.send(message)) },
      }),
    });
    await engine.settle();
    expect(await stores.migrations.get(id)).toMatchObject(summed(2));
    expect(stores.sent).toHaveLength(1);
    expect((await engine.status(id)).runtimeStatus).toBe('Completed');
  });

  it('delays a lane that looks its batches up', async () => {
    await start(4, {
      failing: 1,
      troubled: ({ batches }) => ({
        batches: {
          ...batches,
          change: async (...given) => (failsUntil(10), batches.change(...given)),
        },
      }),
    });
    await engine.settle();
    expect(runs().toSorted()).toEqual(['b001', 'b001 x1 resumes', 'b002', 'b003 x1', 'b004']);
    expect(await stores.migrations.get(id)).toMatchObject(summed(4));
  });
});

describe('a migration whose orchestration is ended from outside', () => {
  it('is started again by the sweep once none of its batches is running, and runs the batches that never began', async () => {
    await start(4);
    await until(1);
    for (const instanceId of [id, `${id}-l001`, `${id}-l002`])
      await engine.call('POST', `instances/${instanceId}/terminate`);
    await engine.host.idle();
    expect(await sweep()).toBe(0);
    await engine.settle();
    // The batches that ran on have ended.
    expect(runs()).toEqual(['b001', 'b002']);
    expect(await sweep()).toBe(1);
    expect(await sweep()).toBe(0);
    await engine.settle();
    expect(runs()).toEqual(['b001', 'b002', 'b003 x1', 'b004 x1']);
    expect(await stores.migrations.get(id)).toMatchObject(summed(4));
    expect(await sweep()).toBe(0);
  });

  it('gets its summary where only that is missing', async () => {
    await start(2);
    await until(1);
    await terminate(id);
    await engine.settle();
    expect(await stores.migrations.get(id)).toMatchObject({ phase: 'running' });
    expect(await sweep()).toBe(1);
    await engine.settle();
    expect(runs()).toEqual(['b001', 'b002']);
    expect(await stores.migrations.get(id)).toMatchObject(summed(2));
  });
});
