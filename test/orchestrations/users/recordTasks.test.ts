import { beforeEach, describe, expect, it } from 'vitest';
import type { ActivityServices } from '../../../orchestrations/activityServices.ts';
import { finishBatch } from '../../../orchestrations/migration/finish.ts';
import { recordTasks } from '../../../orchestrations/users/recordTasks.ts';
import { recordUnknown } from '../../../orchestrations/users/taskOutcomes.ts';
import type { RecordStage } from '../../../shared/contracts/internal/users.ts';
import type { Batch } from '../../../shared/contracts/migration.ts';
import { noCounts } from '../../../shared/domain/outcomes.ts';
import type { JobClient, JobTask } from '../../../shared/graph/jobs.ts';
import { createMemoryStores, type MemoryStores } from '../../memoryStores/memoryStores.ts';
import { aBatch, aMigration, aTask, taken } from '../../shared/storage/sampleRows.ts';
import { noJobs } from '../noJobs.ts';

const jobs: JobClient = {
  ...noJobs,
  listJobTasks: () => Promise.resolve({ kind: 'done', value: reported, requestId: 'r' }),
};
let reported: readonly JobTask[];
let stores: MemoryStores;
let services: ActivityServices;

const user = (n: number): string => aTask('m-one', 'b001', n).taskId;
const report = (n: number, status: string, code?: string): JobTask => ({
  id: user(n),
  lastUpdatedDateTime: null,
  services: [
    {
      service: 'Exchange',
      status,
      message: '',
      errors: code === undefined ? [] : [{ code, message: 'm' }],
    },
    { service: 'Teams', status: 'synced', message: '', errors: [] },
  ],
});
const done = (n: number): JobTask => ({
  ...report(n, 'completed'),
  services: report(n, 'completed').services.map((service) => ({ ...service, status: 'completed' })),
});
const batch = async (): Promise<Batch | undefined> => stores.batches.get('m-one', 'b001');
const record = (stage: RecordStage, lastStatusHash: string | null = null): Promise<unknown> =>
  recordTasks(
    { migrationId: 'm-one', batchId: 'b001', jobId: 'job', stage, lastStatusHash },
    services,
  );

beforeEach(async () => {
  stores = createMemoryStores();
  services = {
    stores,
    jobs,
    maxParallelBatches: 40,
    maxQueuedMoves: 4_000,
    userTaskWrites: false,
    warn: () => undefined,
    nowMs: () => 0,
  };
  await stores.migrations.accept(taken(aMigration('m-one')));
  await stores.batches.insertMissing([aBatch('m-one', 'b001')]);
  await stores.tasks.insertMissing([1, 2, 3].map((n) => aTask('m-one', 'b001', n)));
});

describe('recordTasks', () => {
  it('shows on the batch who fails already while the others go on', async () => {
    reported = [
      report(1, 'failed', 'EXCH-15'),
      report(2, 'syncing'),
      report(3, 'failed', 'exch-15'),
    ];
    await record('progress');
    expect(await batch()).toMatchObject({
      counts: { ...noCounts, pending: 3 },
      failures: {
        users: 2,
        reasons: [
          { code: 'EXCH-15', users: 2, services: ['Exchange'], exampleTaskIds: [user(1), user(3)] },
        ],
      },
    });
  });

  it('forgets a failure that is over', async () => {
    reported = [report(1, 'failed', 'EXCH-15'), report(2, 'syncing'), report(3, 'syncing')];
    await record('progress');
    reported = [report(1, 'syncing'), report(2, 'syncing'), report(3, 'syncing')];
    await record('progress');
    expect((await batch())?.failures).toEqual({ users: 0, reasons: [] });
  });

  it.each(['frobnicating', 'syncing'])(
    'asks again for a day when the job has ended and a workload is %s, and records it as unknown then',
    async (status) => {
      reported = [report(1, status), done(2), done(3)];
      const asked = {
        migrationId: 'm-one',
        batchId: 'b001',
        jobId: 'job',
        stage: 'migrated',
        lastStatusHash: null,
        jobStatus: 'completed',
      };
      expect(await recordTasks(asked, services)).toMatchObject({
        kind: 'notSeen',
        seconds: 60,
        isAbsent: true,
      });
      expect(await batch()).toMatchObject({
        counts: { ...noCounts, pending: 3 },
        delayedOperation: { operation: 'list users' },
      });
      expect(
        await recordTasks({ ...asked, isConfirmed: true, delayed: true }, services),
      ).toMatchObject({ kind: 'done' });
      expect(await batch()).toMatchObject({
        counts: { ...noCounts, unknown: 1, succeeded: 2 },
        delayedOperation: null,
      });
    },
  );

  it('corrects an outcome that was recorded as unknown while Graph did not list the users', async () => {
    await recordUnknown(
      { migrationId: 'm-one', batchId: 'b001', jobId: 'job', sinceMs: 0, isGone: false },
      services,
    );
    expect(await batch()).toMatchObject({ counts: { ...noCounts, unknown: 3 } });
    reported = [done(1), done(2), report(3, 'failed', 'EXCH-15')];
    expect(
      await recordTasks(
        {
          migrationId: 'm-one',
          batchId: 'b001',
          jobId: 'job',
          stage: 'migrated',
          lastStatusHash: null,
          jobStatus: 'completedWithErrors',
        },
        services,
      ),
    ).toMatchObject({ kind: 'done' });
    expect(await batch()).toMatchObject({ counts: { ...noCounts, succeeded: 2, failed: 1 } });
    expect(stores.sent).toEqual([
      expect.objectContaining({ type: 'tenant-ferry.outcome.unknown' }),
      expect.objectContaining({ type: 'tenant-ferry.outcome.corrected' }),
    ]);
  });

  it.each(['rejected', 'notFound', 'retryAfter'] as const)(
    'records nobody when Graph answers the list with %s',
    async (kind) => {
      const problem = {
        httpStatus: 403,
        code: 'denied',
        codes: ['denied'],
        message: 'lee@contoso.com may not',
        requestId: 'r9',
        clientRequestId: null,
      };
      services = {
        ...services,
        jobs: {
          ...jobs,
          listJobTasks: () =>
            Promise.resolve(
              kind === 'retryAfter' ? { kind, seconds: 7, problem } : { kind, problem },
            ),
        },
      };
      expect(await record('migrated')).toMatchObject({
        kind: 'notSeen',
        isAbsent: kind === 'notFound',
        seconds: kind === 'retryAfter' ? 7 : 0,
      });
      expect(await batch()).toMatchObject({
        counts: { ...noCounts, pending: 3 },
        delayedOperation: {
          operation: 'list users',
          lastResponse: 'status 403 (denied), request-id r9: (address) may not',
        },
      });
    },
  );

  it('records nobody as long as Graph refuses to tell of one whom the list leaves out', async () => {
    reported = [done(1), done(2)];
    const problem = {
      httpStatus: 403,
      code: '',
      codes: [],
      message: '',
      requestId: null,
      clientRequestId: null,
    };
    services = {
      ...services,
      jobs: { ...jobs, getTask: () => Promise.resolve({ kind: 'rejected', problem }) },
    };
    expect(await record('migrated')).toMatchObject({ kind: 'notSeen', isAbsent: false });
    expect((await batch())?.counts).toEqual({ ...noCounts, pending: 3 });
  });

  it('counts users who failed validation at once', async () => {
    reported = [report(1, 'invalid', 'CTM-100'), report(2, 'valid'), report(3, 'valid')];
    await record('validated');
    expect(await batch()).toMatchObject({
      counts: { ...noCounts, invalid: 1, pending: 2 },
      failures: { users: 1, reasons: [{ code: 'CTM-100' }] },
    });
  });

  it('brings the batch up to date when an earlier try wrote the users and died', async () => {
    reported = [report(1, 'invalid', 'CTM-100'), report(2, 'valid'), report(3, 'valid')];
    const dying = {
      ...stores,
      batches: { ...stores.batches, updateWhen: () => Promise.reject(new Error('killed')) },
    };
    await expect(
      recordTasks(
        {
          migrationId: 'm-one',
          batchId: 'b001',
          jobId: 'job',
          stage: 'validated',
          lastStatusHash: null,
        },
        { ...services, stores: dying },
      ),
    ).rejects.toThrow('killed');
    expect((await batch())?.failures).toBeNull();
    await record('validated');
    expect((await batch())?.failures).toMatchObject({ users: 1 });
  });

  it('writes nothing when nothing has changed, and nothing on a batch that has ended', async () => {
    reported = [report(1, 'failed', 'EXCH-15'), report(2, 'syncing'), report(3, 'syncing')];
    await record('progress');
    services = { ...services, nowMs: () => 60_000 };
    const before = await batch();
    await record('progress');
    expect(await batch()).toEqual(before);
    await stores.batches.update('m-one', 'b001', {
      finishedAt: '2026-11-20T08:00:00.000Z',
      failures: null,
    });
    await record('progress');
    expect((await batch())?.failures).toBeNull();
  });

  it.each(['progress', 'validated', 'validateOnly', 'migrated'] as const)(
    'reads the users once, at the stage %s',
    async (stage) => {
      reported = [done(1), done(2)];
      let reads = 0;
      const listBatch = (...place: Parameters<typeof stores.tasks.listBatch>) => {
        reads += 1;
        return stores.tasks.listBatch(...place);
      };
      services = {
        ...services,
        jobs: {
          ...jobs,
          getTask: () => Promise.resolve({ kind: 'done', value: done(3), requestId: 'r' }),
        },
        stores: { ...stores, tasks: { ...stores.tasks, listBatch } },
      };
      await record(stage);
      expect(reads).toBe(1);
      expect((await stores.tasks.get('m-one', 'b001', user(3)))?.services[0]?.status).toBe(
        stage === 'validateOnly' || stage === 'migrated' ? 'completed' : undefined,
      );
    },
  );

  it('gives a workload that failed without a code no reason of our own', async () => {
    reported = [report(1, 'failed'), report(2, 'completed'), report(3, 'completed')];
    await recordTasks(
      {
        migrationId: 'm-one',
        batchId: 'b001',
        jobId: 'job',
        stage: 'migrated',
        lastStatusHash: null,
        jobStatus: 'failed',
      },
      services,
    );
    const [first, second] = await stores.tasks.listBatch('m-one', 'b001');
    expect(first?.services.map(({ service }) => service)).toEqual(['Exchange', 'Teams']);
    expect(second?.services.at(-1)).toMatchObject({
      service: 'Job',
      errors: [{ code: 'NotFinished' }],
    });
    expect((await batch())?.failures?.reasons.map(({ code, users }) => [code, users])).toEqual([
      ['NotFinished', 2],
      ['NoCode', 1],
    ]);
  });
});

describe('finishBatch', () => {
  it('keeps why everybody failed, those who went down with the batch as well', async () => {
    reported = [report(1, 'invalid', 'CTM-100'), report(2, 'valid'), report(3, 'valid')];
    await record('validated');
    await finishBatch(
      { migrationId: 'm-one', batchId: 'b001', failure: 'the job is gone', stopped: null },
      services,
    );
    expect(await batch()).toMatchObject({
      counts: { ...noCounts, invalid: 1, failed: 2 },
      failures: {
        users: 3,
        reasons: [
          { code: 'BatchFailed', users: 2, services: ['Job'] },
          { code: 'CTM-100', users: 1 },
        ],
      },
    });
  });

  it('does not count those who were stopped as failed', async () => {
    await finishBatch(
      { migrationId: 'm-one', batchId: 'b001', failure: null, stopped: 'rejected' },
      services,
    );
    expect((await batch())?.failures).toEqual({ users: 0, reasons: [] });
  });

  it('says it once of a user whose batch fails in a second run too', async () => {
    const failTwice = {
      migrationId: 'm-one',
      batchId: 'b001',
      failure: 'the job is gone',
      stopped: null,
    };
    await finishBatch(failTwice, services);
    await stores.tasks.save(
      (await stores.tasks.listBatch('m-one', 'b001')).map((task) => ({ ...task, outcome: null })),
    );
    await finishBatch({ ...failTwice, failure: 'gone again' }, services);
    const [task] = await stores.tasks.listBatch('m-one', 'b001');
    expect(task?.services).toEqual([
      {
        service: 'Job',
        status: 'failed',
        message: 'gone again',
        errors: [{ code: 'BatchFailed', message: 'gone again' }],
      },
    ]);
  });
});
