import { beforeEach, describe, expect, it } from 'vitest';
import type { ActivityServices } from '../../orchestrations/activityServices.ts';
import { finishBatch } from '../../orchestrations/migration/finish.ts';
import { nextBatch } from '../../orchestrations/migration/nextBatch.ts';
import { planMigration } from '../../orchestrations/migration/plan.ts';
import { addTasks } from '../../orchestrations/users/addTasks.ts';
import { planRun } from '../../orchestrations/users/rerun.ts';
import type { Migration } from '../../shared/contracts/migration.ts';
import type { MigrationRequest } from '../../shared/contracts/request.ts';
import type { Task } from '../../shared/contracts/task.ts';
import { noCounts } from '../../shared/domain/outcomes.ts';
import type { LedgerHolder } from '../../shared/storage/ledgerRows.ts';
import { createMemoryStores, type MemoryStores } from '../memoryStores/memoryStores.ts';
import {
  aBatch,
  aCommand,
  aMigration,
  aRequest,
  at,
  aTask,
  taken,
} from '../shared/storage/sampleRows.ts';
import { noJobs } from './noJobs.ts';

const user = (n: number): string => aTask('m-one', 'b001', n).taskId;
const key = (n: number): string => `user:${user(n)}`;
const other: LedgerHolder = { migrationId: 'm-other', batchId: 'b007', run: 1 };
let stores: MemoryStores;
let services: ActivityServices;

beforeEach(() => {
  stores = createMemoryStores();
  services = {
    stores,
    jobs: noJobs,
    maxParallelBatches: 40,
    maxQueuedMoves: 10,
    userTaskWrites: false,
    warn: () => undefined,
    nowMs: () => Date.parse(at(5)),
  };
});

const accept = async (
  request: Partial<Extract<MigrationRequest, { kind: 'users' }>> = {},
  changes: Partial<Migration> = {},
): Promise<void> => {
  const users = [1, 2, 3].map((n) => ({ targetUserId: user(n) }));
  const whole = aRequest('m-one');
  if (whole.kind !== 'users') throw new Error('the sample is a request for users');
  await stores.migrations.accept(
    taken(aMigration('m-one', { batchSize: 2, ...changes }), { ...whole, users, ...request }),
  );
};
const reserve = async (holder: LedgerHolder, ...users: number[]): Promise<void> => {
  await stores.users.reserve(
    holder,
    users.map((n) => ({ key: key(n), moveAgain: false })),
    at(1),
  );
};
const release = (holder: LedgerHolder, isMoved: boolean, ...users: number[]): Promise<void> =>
  stores.users.release(
    holder,
    users.map((n) => ({ key: key(n), isMoved })),
    at(2),
  );
const move = async (holder: LedgerHolder, ...users: number[]): Promise<void> => {
  await reserve(holder, ...users);
  await release(holder, true, ...users);
};
const ledger = async (...users: number[]): Promise<(string | undefined)[]> => {
  const entries = await stores.users.find(users.map(key));
  return users.map((n) => {
    const entry = entries.get(key(n));
    return entry === undefined ? undefined : `${entry.migrationId} ${entry.batchId} ${entry.state}`;
  });
};
const found = (...users: number[]): Promise<(string | undefined)[]> =>
  Promise.all(users.map(async (n) => (await stores.tasks.find('m-one', user(n)))?.batchId));
const rows = async (): Promise<string[]> =>
  (await stores.tasks.list('m-one', { pageSize: 50 })).items.map(
    ({ batchId, outcome, services: workloads }) =>
      [
        batchId,
        outcome ?? 'pending',
        ...workloads.flatMap(({ errors }) => errors.map(({ code }) => code)),
      ].join(' '),
  );

describe('planning', () => {
  it('reserves everybody, each for the batch that they are in', async () => {
    await accept();
    await planMigration({ migrationId: 'm-one' }, services);
    expect(await ledger(1, 2, 3)).toEqual([
      'm-one b001 reserved',
      'm-one b001 reserved',
      'm-one b002 reserved',
    ]);
    expect(await rows()).toEqual(['b001 pending', 'b001 pending', 'b002 pending']);
    expect(await found(1, 2, 3, 4)).toEqual(['b001', 'b001', 'b002', undefined]);
  });

  it('records whom another migration has, or has moved, as invalid, with its name, and counts them', async () => {
    await accept();
    await reserve(other, 2);
    await move(other, 3);
    await planMigration({ migrationId: 'm-one' }, services);
    expect(await rows()).toEqual([
      'b001 pending',
      'b001 invalid underWayElsewhere',
      'b002 invalid movedAlready',
    ]);
    expect((await stores.tasks.get('m-one', 'b001', user(2)))?.services.at(-1)).toMatchObject({
      service: 'Job',
      status: 'invalid',
      message: expect.stringContaining('m-other') as string,
    });
    expect(
      (await stores.batches.list('m-one')).map(({ counts, failures }) => [
        counts.pending,
        counts.invalid,
        failures?.reasons.map(({ code }) => code),
      ]),
    ).toEqual([
      [1, 1, ['underWayElsewhere']],
      [0, 1, ['movedAlready']],
    ]);
    expect((await stores.migrations.get('m-one'))?.counts).toEqual({
      ...noCounts,
      pending: 1,
      invalid: 2,
    });
  });

  it.each<[string, Parameters<typeof accept>[0], (string | undefined)[]]>([
    [
      'nobody where the request only validates',
      { validateOnly: true },
      ['m-other b007 moved', undefined, undefined],
    ],
    [
      'who was moved, where the request says to move them again',
      { users: [{ targetUserId: user(1), moveAgain: true }] },
      ['m-one b001 reserved', undefined, undefined],
    ],
    [
      'who was moved, where the request says to move everybody again',
      { moveAgain: true },
      ['m-one b001 reserved', 'm-one b001 reserved', 'm-one b002 reserved'],
    ],
  ])('reserves %s', async (_, request, expected) => {
    await move(other, 1);
    await accept(request, { validateOnly: request?.validateOnly ?? false });
    await planMigration({ migrationId: 'm-one' }, services);
    expect(await ledger(1, 2, 3)).toEqual(expected);
    expect((await rows()).every((row) => row.endsWith('pending'))).toBe(true);
    expect(await found(1)).toEqual(['b001']);
  });

  it('comes to the same when it ends at any call to storage and runs again, and holds nobody for whom it has no open task', async () => {
    await accept();
    await reserve(other, 2);
    let calls = 0;
    let dies = 0;
    for (;;) {
      dies += 1;
      calls = 0;
      const dying = <Store extends object>(store: Store): Store =>
        new Proxy(store, {
          get: (target, name, receiver) => {
            const member: unknown = Reflect.get(target, name, receiver);
            if (typeof member !== 'function') return member;
            return (...given: unknown[]): unknown =>
              (calls += 1) === dies
                ? Promise.reject(new Error('crash'))
                : Reflect.apply(member, target, given);
          },
        });
      const { users, tasks, batches, migrations } = stores;
      const isDone = await planMigration(
        { migrationId: 'm-one' },
        {
          ...services,
          stores: {
            ...stores,
            users: dying(users),
            tasks: dying(tasks),
            batches: dying(batches),
            migrations: dying(migrations),
          },
        },
      ).then(
        () => true,
        () => false,
      );
      // After the user was recorded as invalid the other migration sets them free: the next try would get them.
      if ((await stores.tasks.get('m-one', 'b001', user(2)))?.outcome === 'invalid')
        await release(other, false, 2);
      if (isDone) break;
    }
    expect(dies).toBeGreaterThan(6);
    expect(await found(1, 2, 3)).toEqual(['b001', 'b001', 'b002']);
    expect(await rows()).toEqual([
      'b001 pending',
      'b001 invalid underWayElsewhere',
      'b002 pending',
    ]);
    expect(await ledger(1, 2, 3)).toEqual([
      'm-one b001 reserved',
      undefined,
      'm-one b002 reserved',
    ]);
    expect((await stores.batches.list('m-one')).map(({ counts }) => counts)).toEqual([
      { ...noCounts, pending: 1, invalid: 1 },
      { ...noCounts, pending: 1 },
    ]);
  });

  it('does not write the rows again once all batches stand, and does not open what has ended', async () => {
    await accept();
    await planMigration({ migrationId: 'm-one' }, services);
    for (const batchId of ['b001', 'b002'])
      await stores.batches.update('m-one', batchId, { phase: 'completed', finishedAt: at(4) });
    await stores.migrations.update('m-one', {
      phase: 'completed',
      finishedAt: at(4),
      message: 'as it ended',
    });
    await release({ migrationId: 'm-one', batchId: 'b001', run: 1 }, true, 1);
    expect(await planMigration({ migrationId: 'm-one', trouble: 'late' }, services)).toMatchObject({
      begun: true,
      batchCount: 2,
    });
    expect(await ledger(1)).toEqual(['m-one b001 moved']);
    expect(await stores.migrations.get('m-one')).toMatchObject({
      phase: 'completed',
      message: 'as it ended',
    });
  });
});

describe('users who are added', () => {
  it('are recorded as invalid where another migration has them, and the command says so', async () => {
    await accept();
    await planMigration({ migrationId: 'm-one' }, services);
    await reserve(other, 8);
    await stores.requests.saveAdded(
      'm-one',
      'c-add',
      [7, 8].map((n) => ({ targetUserId: user(n) })),
    );
    expect(
      await addTasks(
        aMigration('m-one', { batchSize: 2, batchCount: 2 }),
        { commandId: 'c-add', acceptedAt: at(4) },
        services,
      ),
    ).toEqual({
      verdict: 'applied',
      detail: '1 added to b003, 1 already in another migration or moved by one',
    });
    expect(await rows()).toContain('b003 invalid underWayElsewhere');
    expect(await ledger(7, 8)).toEqual(['m-one b003 reserved', 'm-other b007 reserved']);
    expect((await stores.batches.get('m-one', 'b003'))?.counts).toEqual({
      ...noCounts,
      pending: 1,
      invalid: 1,
    });
  });

  it('are not put into a running job where another migration has them', async () => {
    await accept();
    await planMigration({ migrationId: 'm-one' }, services);
    await stores.batches.update('m-one', 'b002', { phase: 'syncing', jobId: 'job-1' });
    await reserve(other, 8);
    await stores.requests.saveAdded(
      'm-one',
      'c-add',
      [8, 7].map((n) => ({ targetUserId: user(n) })),
    );
    const created: string[] = [];
    const jobs = {
      ...noJobs,
      createTask: (_job: string, taskId: string) => (
        created.push(taskId),
        Promise.resolve({ kind: 'done' as const, value: null, requestId: null })
      ),
    };
    await addTasks(
      aMigration('m-one', { batchSize: 2, batchCount: 2 }),
      { commandId: 'c-add', acceptedAt: at(4) },
      { ...services, jobs, userTaskWrites: true },
    );
    expect(created).toEqual([user(7)]);
    expect(await ledger(7, 8)).toEqual(['m-one b002 reserved', 'm-other b007 reserved']);
  });

  it.each([
    ['a further batch', false],
    ['a running job', true],
  ])(
    'are not reserved where the migration only validates them, in %s, even if reserved elsewhere',
    async (_, userTaskWrites) => {
      await accept({ validateOnly: true }, { validateOnly: true });
      await planMigration({ migrationId: 'm-one' }, services);
      await stores.batches.update('m-one', 'b002', { phase: 'validating', jobId: 'job-1' });
      await reserve(other, 8);
      await stores.requests.saveAdded('m-one', 'c-add', [{ targetUserId: user(7) }]);
      await stores.requests.saveAdded('m-one', 'c-other', [{ targetUserId: user(8) }]);
      const created: string[] = [];
      const jobs = {
        ...noJobs,
        createTask: (_job: string, taskId: string) => (
          created.push(taskId),
          Promise.resolve({ kind: 'done' as const, value: null, requestId: null })
        ),
      };
      for (const commandId of ['c-add', 'c-other']) {
        const migration = aMigration('m-one', { batchSize: 3, batchCount: 2, validateOnly: true });
        expect(
          await addTasks(
            migration,
            { commandId, acceptedAt: at(4) },
            { ...services, jobs, userTaskWrites },
          ),
        ).toMatchObject({ verdict: 'applied' });
      }
      expect(created).toEqual(userTaskWrites ? [user(7), user(8)] : []);
      expect((await rows()).filter((row) => !row.endsWith('pending'))).toEqual([]);
      expect(await ledger(7, 8)).toEqual([undefined, 'm-other b007 reserved']);
    },
  );
});

describe('the end of a batch', () => {
  const source = {
    '@odata.type': '#microsoft.graph.sharePointSiteMigrationTaskParameters',
    targetOrganizationHost: 'https://fabrico-my.sharepoint.com',
    sourceSiteUrl: 'https://contoso.sharepoint.com/sites/IT',
    targetSiteUrl: 'https://fabrico.sharepoint.com/sites/IT',
  } as const;
  const movedAlready = (service: string) => [
    { service, status: 'invalid', message: '', errors: [{ code: 'movedAlready', message: '' }] },
  ];

  it.each<[string, string, Partial<Task>, string | undefined]>([
    ['who was moved', key(1), { outcome: 'succeeded' }, 'moved'],
    [
      'a source of which Graph says that it was moved before',
      `source:${user(1)}`,
      { parameters: source, outcome: 'invalid', services: movedAlready('SharePoint') },
      'moved',
    ],
    [
      'nobody who is left behind because another migration has moved them',
      key(1),
      { outcome: 'invalid', services: movedAlready('Job') },
      undefined,
    ],
    ['nobody who has failed', key(1), { outcome: 'failed' }, undefined],
  ])(
    'records %s as moved, also where a crash came between the outcome and the ledger',
    async (_, name, task, state) => {
      await accept();
      await stores.batches.insertMissing([aBatch('m-one', 'b001')]);
      await stores.tasks.insertMissing([aTask('m-one', 'b001', 1, task)]);
      await stores.users.reserve(
        { migrationId: 'm-one', batchId: 'b001', run: 1 },
        [{ key: name, moveAgain: false }],
        at(1),
      );
      await finishBatch(
        { migrationId: 'm-one', batchId: 'b001', failure: null, stopped: null },
        services,
      );
      expect((await stores.users.find([name])).get(name)?.state).toBe(state);
    },
  );
});

describe('a retry', () => {
  const retry = aCommand('m-one', 1, { kind: 'retry', targets: ['b001'] });
  const own: LedgerHolder = { migrationId: 'm-one', batchId: 'b001', run: 1 };
  const tasks: readonly [number, Task['outcome']][] = [
    [1, 'failed'],
    [2, 'invalid'],
    [3, 'unknown'],
    [4, 'succeeded'],
  ];
  const prepare = async (
    request: Parameters<typeof accept>[0] = {},
    changes: Partial<Task> = {},
  ): Promise<void> => {
    await accept(request, { phase: 'completedWithErrors', finishedAt: at(4) });
    const counts = { ...noCounts, failed: 1, invalid: 1, unknown: 1, succeeded: 1 };
    await stores.batches.insertMissing([
      {
        ...aBatch('m-one', 'b001'),
        taskCount: 4,
        counts,
        phase: 'completedWithErrors',
        attempt: 2,
        jobId: 'job-1',
        restarts: 3,
        finishedAt: at(4),
      },
    ]);
    await stores.tasks.insertMissing(
      tasks.map(([n, outcome]) =>
        aTask('m-one', 'b001', n, { outcome, jobId: 'job-1', ...changes }),
      ),
    );
    await reserve(own, 3);
    await stores.commands.add(retry);
  };
  const plan = () => planRun({ migrationId: 'm-one', runCommandId: retry.commandId }, services);
  const outcomes = async (): Promise<(string | null)[][]> =>
    (await stores.tasks.listBatch('m-one', 'b001')).map(({ outcome, outcomeBefore }) => [
      outcome,
      outcomeBefore,
    ]);

  it('runs failed, invalid and unknown users again, and reserves them for its run', async () => {
    await prepare();
    expect(await plan()).toMatchObject({ batchCount: 1, begun: false });
    expect(await outcomes()).toEqual([
      [null, 'failed'],
      [null, 'invalid'],
      [null, 'unknown'],
      ['succeeded', null],
    ]);
    expect(await ledger(1, 2, 3, 4)).toEqual([
      'm-one b001 reserved',
      'm-one b001 reserved',
      'm-one b001 reserved',
      undefined,
    ]);
    // What a duplicate of the run before still does has no effect.
    await release(own, false, 1, 2, 3);
    expect(await ledger(1, 2, 3)).toEqual([
      'm-one b001 reserved',
      'm-one b001 reserved',
      'm-one b001 reserved',
    ]);
    expect(await stores.batches.get('m-one', 'b001')).toMatchObject({
      run: 2,
      restarts: 0,
      firstAttempt: 3,
      counts: { pending: 3, succeeded: 1 },
    });
    const next = await nextBatch(
      { migrationId: 'm-one', runCommandId: retry.commandId, lane: 0, laneCount: 1, after: null },
      services,
    );
    expect(next).toMatchObject({
      kind: 'batch',
      batch: { run: 2, restarts: 0, firstAttempt: 3, wasUnknown: true, resumes: false },
    });
  });

  it('leaves whom another migration has, or has moved, and says of the first that they are elsewhere', async () => {
    await prepare();
    await reserve(other, 1);
    await move(other, 2);
    await plan();
    expect(await outcomes()).toEqual([
      ['invalid', null],
      ['invalid', null],
      [null, 'unknown'],
      ['succeeded', null],
    ]);
    const [first, second] = await stores.tasks.listBatch('m-one', 'b001');
    expect(first?.services.at(-1)?.errors.map(({ code }) => code)).toEqual(['underWayElsewhere']);
    // Nothing new is said of who was moved elsewhere: the outcome here stays what it was.
    expect(second?.services).toEqual([]);
    expect(await ledger(1, 2)).toEqual(['m-other b007 reserved', 'm-other b007 moved']);
  });

  it.each<[string, Parameters<typeof accept>[0]]>([
    ['of the user', { users: [{ targetUserId: user(1), moveAgain: true }] }],
    ['of everybody', { moveAgain: true }],
  ])(
    'moves again who was moved by another migration where the request says so %s',
    async (_, request) => {
      await prepare(request);
      await move(other, 1);
      await plan();
      expect((await outcomes())[0]).toEqual([null, 'failed']);
      expect(await ledger(1)).toEqual(['m-one b001 reserved']);
    },
  );

  it('takes a fresh job where the old one would also move somebody who is elsewhere by now', async () => {
    await prepare(
      {},
      {
        services: [
          {
            service: 'Exchange',
            status: 'failed',
            message: '',
            errors: [{ code: 'EXCH-08', message: '' }],
          },
        ],
      },
    );
    await stores.tasks.save([aTask('m-one', 'b001', 2, { outcome: 'succeeded' })]);
    const sameJob = async (): Promise<unknown> => {
      const next = await nextBatch(
        { migrationId: 'm-one', runCommandId: retry.commandId, lane: 0, laneCount: 1, after: null },
        services,
      );
      return next.kind === 'batch' && next.batch.sameJob;
    };
    await move(other, 1);
    await plan();
    expect((await outcomes())[0]).toEqual(['failed', null]);
    expect(await sameJob()).toBe(false);
    await stores.tasks.save([aTask('m-one', 'b001', 1, { outcome: 'succeeded', jobId: 'job-1' })]);
    expect(await sameJob()).toBe(true);
  });

  it('does not change a run that has begun, when it runs again', async () => {
    await prepare();
    await plan();
    await stores.batches.update('m-one', 'b001', { phase: 'validating' });
    await stores.tasks.save([aTask('m-one', 'b001', 1, { outcome: 'invalid' })]);
    await plan();
    expect((await outcomes())[0]).toEqual(['invalid', null]);
    expect((await stores.batches.get('m-one', 'b001'))?.run).toBe(2);
  });

  it('of a batch that runs asks it to look for its job, and says so', async () => {
    await prepare();
    await stores.batches.update('m-one', 'b001', {
      finishedAt: null,
      phase: 'outOfSight',
      waiterId: 'w',
    });
    await stores.migrations.update('m-one', { phase: 'running', finishedAt: null });
    expect(await plan()).toMatchObject({ batchCount: 0 });
    expect(await stores.batches.get('m-one', 'b001')).toMatchObject({
      run: 1,
      retryCommandId: retry.commandId,
      phase: 'outOfSight',
    });
    expect((await stores.commands.readLog('m-one')).results).toMatchObject([
      {
        verdict: 'applied',
        detail:
          'the job is checked again: the batch continues with it once Graph shows it, or with a new job once it is gone',
      },
    ]);
    expect((await outcomes())[2]).toEqual(['unknown', null]);
    // It has a result, so another run asks for nothing.
    await stores.batches.update('m-one', 'b001', { retryCommandId: null });
    await plan();
    expect((await stores.batches.get('m-one', 'b001'))?.retryCommandId).toBeNull();
  });
});
