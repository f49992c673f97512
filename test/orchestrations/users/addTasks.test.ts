import { ledgerKey } from '../../../shared/contracts/task.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ActivityServices } from '../../../orchestrations/activityServices.ts';
import { finishBatch } from '../../../orchestrations/migration/finish.ts';
import { addTasks } from '../../../orchestrations/users/addTasks.ts';
import type { Batch } from '../../../shared/contracts/migration.ts';
import type { Job, JobClient, JobTask } from '../../../shared/graph/jobs.ts';
import type { GraphProblem, GraphResult } from '../../../shared/graph/result.ts';
import type { Stores } from '../../../shared/storage/stores.ts';
import { createMemoryStores, type MemoryStores } from '../../memoryStores/memoryStores.ts';
import { aBatch, aMigration, at, aTask, taken } from '../../shared/storage/sampleRows.ts';
import { noJobs } from '../noJobs.ts';

const migration = aMigration('m-one');
const added = aTask('m-one', 'b001', 11);
let stores: MemoryStores;

beforeEach(async () => {
  stores = createMemoryStores();
  await stores.batches.insertMissing([
    { ...aBatch('m-one', 'b001'), phase: 'syncing', jobId: 'job-1' },
  ]);
  await stores.requests.saveAdded('m-one', 'c-add', [{ targetUserId: added.taskId }]);
});

const problem = (httpStatus: number): GraphProblem => ({
  httpStatus,
  code: 'code',
  codes: ['code'],
  message: '',
  requestId: 'request-7',
  clientRequestId: null,
});
const refusal = (
  kind: 'notFound' | 'conflict' | 'rejected',
  httpStatus: number,
): GraphResult<never> => ({ kind, problem: problem(httpStatus) });
const putOff = (kind: 'retryAfter' | 'unknown', httpStatus: number): GraphResult<never> => ({
  kind,
  seconds: 30,
  problem: problem(httpStatus),
});
const isThere: GraphResult<JobTask> = {
  kind: 'done',
  value: { id: added.taskId, lastUpdatedDateTime: null, services: [] },
  requestId: null,
};

const isMoved: GraphResult<JobTask> = {
  kind: 'done',
  value: {
    id: added.taskId,
    lastUpdatedDateTime: null,
    services: [{ service: 'Exchange', status: 'completed', message: '', errors: [] }],
  },
  requestId: null,
};

const shownJob = (status: string): GraphResult<Job> => ({
  kind: 'done',
  value: {
    id: 'job-1',
    displayName: 'wave-b001',
    status,
    message: '',
    completeAfterDateTime: null,
    sourceTenantId: null,
    resources: [],
    lastUpdatedDateTime: null,
  },
  requestId: null,
});

/** A Graph client with these responses only. */
function graph(responses: {
  readonly create?: GraphResult<null>;
  readonly read?: GraphResult<JobTask>;
}): JobClient {
  const { create, read } = responses;
  return {
    ...noJobs,
    ...(create === undefined ? {} : { createTask: () => Promise.resolve(create) }),
    ...(read === undefined ? {} : { getTask: () => Promise.resolve(read) }),
  };
}

/** Adds the user to a migration in which something happens once it was read that the user has no task. */
async function addWhile(
  happens: () => Promise<unknown>,
  jobs: JobClient = noJobs,
): Promise<string> {
  let before: Promise<unknown> | undefined;
  const { tasks } = stores;
  const racing = {
    ...stores,
    tasks: {
      ...tasks,
      listBatch: async (migrationId: string, batchId: string) => {
        const seen = await tasks.listBatch(migrationId, batchId);
        await (before ??= happens());
        return seen;
      },
    },
  };
  const { detail } = await addTasks(
    migration,
    { commandId: 'c-add', acceptedAt: at(1) },
    servicesWith(racing, jobs),
  );
  return detail;
}

function servicesWith(all: Stores, jobs: JobClient = noJobs): ActivityServices {
  return {
    stores: all,
    jobs,
    maxParallelBatches: 40,
    maxQueuedMoves: 10,
    userTaskWrites: true,
    warn: () => undefined,
    nowMs: () => 0,
  };
}

describe('a user who is added to a migration with a running job', () => {
  it('is added once, and counted once, when the same command runs twice at the same time', async () => {
    const detail = await addWhile(async () => {
      await stores.tasks.insertMissing([added]);
      await stores.batches.update('m-one', 'b001', { taskCount: 4 });
    });
    expect(detail).toBe('1 added to a running job');
    expect((await stores.batches.list('m-one')).map(({ taskCount }) => taskCount)).toEqual([4]);
  });

  it('goes into a further batch when the job has begun to cut over by then', async () => {
    expect(
      await addWhile(
        () => stores.batches.update('m-one', 'b001', { phase: 'cuttingOver' }),
        graph({ read: refusal('notFound', 404) }),
      ),
    ).toBe('1 added to b002');
    expect((await stores.tasks.listBatch('m-one', 'b002')).map(({ taskId }) => taskId)).toEqual([
      added.taskId,
    ]);
  });

  it.each<[string, () => Promise<unknown>]>([
    [
      'has begun to cut over',
      () => stores.batches.update('m-one', 'b001', { phase: 'cuttingOver' }),
    ],
    [
      'is full',
      () =>
        stores.tasks.insertMissing(
          Array.from({ length: migration.batchSize }, (_, n) => aTask('m-one', 'b001', n + 100)),
        ),
    ],
  ])(
    'stays in the job that an earlier try has added the user to, although it %s by now',
    async (_, happens) => {
      expect(await addWhile(happens, graph({ read: isThere }))).toBe('1 added to a running job');
      expect(await stores.tasks.get('m-one', 'b001', added.taskId)).toBeDefined();
      expect(await stores.batches.list('m-one')).toHaveLength(1);
    },
  );

  it('has the outcome that Graph shows where that job has ended by now, and is asked for only there', async () => {
    const jobs = graph({ read: isMoved });
    await stores.batches.insertMissing([
      {
        ...aBatch('m-one', 'b000'),
        phase: 'completed',
        jobId: 'job-0',
        finishedAt: '2026-10-31T00:00:00.000Z',
      },
    ]);
    expect(
      await addWhile(
        () => stores.batches.update('m-one', 'b001', { phase: 'completed', finishedAt: at(2) }),
        jobs,
      ),
    ).toBe('1 added to a running job');
    expect(await stores.tasks.get('m-one', 'b001', added.taskId)).toMatchObject({
      outcome: 'succeeded',
      jobId: 'job-1',
    });
    expect(await stores.batches.get('m-one', 'b001')).toMatchObject({
      taskCount: 1,
      counts: { succeeded: 1, pending: 0 },
    });
  });

  it.each<[string, GraphResult<JobTask>, string | null]>([
    ['shows as moved', isMoved, 'succeeded'],
    ['does not show', refusal('rejected', 403), null],
  ])(
    'has an outcome when the batch ends between the create and the row, and Graph %s the user',
    async (_, read, outcome) => {
      const jobs: JobClient = {
        ...graph({ read }),
        createTask: async () => {
          await stores.batches.update('m-one', 'b001', { phase: 'completed', finishedAt: at(2) });
          return { kind: 'done', value: null, requestId: null };
        },
      };
      const adding = addWhile(() => Promise.resolve(), jobs);
      await (outcome === null
        ? expect(adding).rejects.toThrow('request-7')
        : expect(adding).resolves.toBe('1 added to a running job'));
      expect((await stores.tasks.get('m-one', 'b001', added.taskId))?.outcome).toBe(outcome);
      // A later try, for example after a crash, reads what the first one could not.
      expect(await addWhile(() => Promise.resolve(), graph({ read: isMoved }))).toBe(
        '1 added to a running job',
      );
      expect((await stores.tasks.get('m-one', 'b001', added.taskId))?.outcome).toBe('succeeded');
      expect((await stores.batches.get('m-one', 'b001'))?.counts).toMatchObject({
        succeeded: 1,
        pending: 0,
      });
      expect((await stores.users.find([ledgerKey(added)])).get(ledgerKey(added))?.state).toBe(
        'moved',
      );
    },
  );

  it('has the outcome unknown when the row is written while the batch ends', async () => {
    const services = servicesWith({
      ...stores,
      batches: {
        ...stores.batches,
        update: async (migrationId: string, batchId: string, change: Partial<Batch>) => {
          if (change.finishedAt !== undefined) await stores.tasks.insertMissing([added]);
          return stores.batches.update(migrationId, batchId, change);
        },
      },
    });
    await stores.migrations.accept(taken(migration));
    await finishBatch(
      { migrationId: 'm-one', batchId: 'b001', owner: null, failure: null, stopped: null },
      services,
    );
    expect(await stores.tasks.get('m-one', 'b001', added.taskId)).toMatchObject({
      outcome: 'unknown',
      jobId: 'job-1',
    });
    expect((await stores.batches.get('m-one', 'b001'))?.counts).toMatchObject({
      unknown: 1,
      pending: 0,
    });
  });

  it.each<[string, GraphResult<Job>, string, string[]]>([
    ['is deleted', shownJob('deleted'), '1 added to a running job', ['b001 unknown']],
    ['is gone', refusal('notFound', 404), '1 added to a running job', ['b001 unknown']],
    ['is shown without the user', shownJob('completed'), '1 added to b002', ['b002 null']],
  ])(
    'who may have been added days ago to a job that %s by now is not moved a second time',
    async (_, job, detail, rows) => {
      await stores.users.reserve(
        { migrationId: 'm-one', batchId: 'b001', run: 1 },
        [{ key: ledgerKey(added), moveAgain: false }],
        '1969-12-24T00:00:00.000Z',
      );
      expect(
        await addWhile(
          () => stores.batches.update('m-one', 'b001', { phase: 'completed', finishedAt: at(2) }),
          { ...graph({ read: refusal('notFound', 404) }), getJob: () => Promise.resolve(job) },
        ),
      ).toBe(detail);
      const tasks = (await stores.tasks.list('m-one', { pageSize: 10 })).items;
      expect(tasks.map(({ batchId, outcome }) => `${batchId} ${String(outcome)}`)).toEqual(rows);
    },
  );

  it.each<[string, JobClient]>([
    ['refuses the user', graph({ create: refusal('rejected', 405) })],
    ['is throttled, by which nothing happens', graph({ create: putOff('retryAfter', 429) })],
  ])('goes into a further batch where Graph %s', async (_, jobs) => {
    expect(await addWhile(() => Promise.resolve(), jobs)).toBe('1 added to b002');
  });

  it.each<[string, JobClient]>([
    ['a create without an answer', graph({ create: putOff('unknown', 0), read: isThere })],
    ['a 503', graph({ create: putOff('unknown', 503), read: isThere })],
    ['a conflict', graph({ create: refusal('conflict', 409), read: isThere })],
  ])('is in the job where Graph shows the user after %s', async (_, jobs) => {
    expect(await addWhile(() => Promise.resolve(), jobs)).toBe('1 added to a running job');
  });

  it.each<[string, JobClient]>([
    [
      'does not say whether the user is in the job',
      graph({ create: putOff('unknown', 504), read: putOff('retryAfter', 429) }),
    ],
    [
      'does not show the user right after a create without an answer',
      graph({ create: putOff('unknown', 0), read: refusal('notFound', 404) }),
    ],
    [
      'does not show the user right after a conflict',
      graph({ create: refusal('conflict', 409), read: refusal('notFound', 404) }),
    ],
  ])('is added nowhere else as long as Graph %s', async (_, unclear) => {
    await expect(addWhile(() => Promise.resolve(), unclear)).rejects.toThrow('request-7');
    expect(await stores.batches.list('m-one')).toHaveLength(1);
  });

  it.each<[string, GraphResult<null>]>([
    ['refuses the next create', refusal('rejected', 403)],
    ['throttles the next create', putOff('retryAfter', 429)],
  ])(
    'is in the job that the first create has added the user to, although Graph %s',
    async (_, create) => {
      const unclear = graph({ create: putOff('unknown', 0), read: refusal('rejected', 302) });
      await expect(addWhile(() => Promise.resolve(), unclear)).rejects.toThrow('request-7');
      await expect(
        addWhile(() => Promise.resolve(), graph({ create, read: refusal('rejected', 302) })),
      ).rejects.toThrow('request-7');
      await expect(
        addWhile(() => Promise.resolve(), graph({ create, read: refusal('notFound', 404) })),
      ).rejects.toThrow('request-7');
      expect(await addWhile(() => Promise.resolve(), graph({ create, read: isThere }))).toBe(
        '1 added to a running job',
      );
      expect(await stores.batches.list('m-one')).toHaveLength(1);
    },
  );
});
