import { createServer, type Socket } from 'node:net';
import { HttpRequest, type HttpResponseInit, InvocationContext } from '@azure/functions';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Services } from '../../functions/services.ts';
import { AppWorker, HostLog, provideCore } from '../../local/functions-host/index.ts';
import { StorageUnavailableError } from '../../shared/storage/calls.ts';
import { createMemoryStores, type MemoryStores } from '../memoryStores/memoryStores.ts';
import { noJobs } from '../orchestrations/noJobs.ts';
import { aBatch, aMigration, aRequest, at, aTask, taken } from '../shared/storage/sampleRows.ts';

const worker = new AppWorker(new HostLog(() => undefined));
provideCore(worker.coreModule());
// After the core module is in place: the library looks it up only once.
const { registerRoutes } = await import('../../functions/http/registerRoutes.ts');
const { routes } = await import('../../functions/routes.ts');

let stores: MemoryStores;
let logged: string[];
let starts: () => Promise<void>;
const nowMs = (): number => Date.parse(at(5));
const services: Services = {
  get stores() {
    return stores;
  },
  jobs: noJobs,
  maxQueuedMoves: 4_000,
  maxParallelBatches: 40,
  userTaskWrites: false,
  authentication: 'functionKey',
  allowedTenants: [],
  maxRequestBytes: 10_000,
  warn: () => undefined,
  nowMs,
  intake: () => ({
    stores,
    nowMs,
    batchSize: 100,
    maxRequestBytes: 10_000,
    targetTenantId: '99999999-8888-7777-6666-555555555555',
    start: () => starts(),
  }),
};
registerRoutes(routes, services);

// Nobody listens at this address: every event to an orchestration fails.
const durableClient = { type: 'durableClient', name: 'client' };
const nobody = 'http://127.0.0.1:1/durabletask/';
let rpcBaseUrl = nobody;

async function post(
  name: string,
  body: object | string,
  params: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<{ readonly status: number | undefined; readonly body: unknown }> {
  const request = new HttpRequest({
    method: 'POST',
    url: 'http://app/api/x',
    params,
    headers,
    body: { string: typeof body === 'string' ? body : JSON.stringify(body) },
  });
  const found = worker.registrations.find(({ registered }) => registered.name === name);
  const context = new InvocationContext({
    functionName: name,
    logHandler: (level, ...args) => logged.push(`${level}: ${args.join(' ')}`),
    options: { extraInputs: [durableClient] },
  });
  context.extraInputs.set(durableClient, {
    taskHubName: 'hub',
    rpcBaseUrl,
    creationUrls: {},
    managementUrls: {},
  });
  const answer = (await found?.callback(request, context)) as HttpResponseInit;
  return {
    status: answer.status,
    body: answer.jsonBody ?? JSON.parse(z.string().parse(answer.body)),
  };
}

const other = { migrationId: 'm-other', batchId: 'b001', run: 1 };
const { taskId: userId } = aTask('m-one', 'b001', 9);

beforeEach(async () => {
  stores = createMemoryStores();
  logged = [];
  starts = () => Promise.resolve();
  rpcBaseUrl = nobody;
  await stores.migrations.accept(taken(aMigration('m-one', { phase: 'running' })));
  await stores.batches.insertMissing([
    {
      ...aBatch('m-one', 'b001'),
      phase: 'outOfSight',
      counts: { ...aBatch('m-one', 'b001').counts, pending: 0, unknown: 3 },
      waiterId: 'm-one-b001-w1',
    },
  ]);
  await stores.tasks.insertMissing(
    [1, 2, 3].map((n) => aTask('m-one', 'b001', n, { outcome: 'unknown' })),
  );
});

it.each(['cancelMigration', 'freezeMigrations', 'createMigration'])(
  '%s says of a body that is not JSON that it is not JSON',
  async (name) => {
    expect(await post(name, '{"by": lee', { id: 'm-one' })).toMatchObject({
      status: 400,
      body: { code: 'notJson', errors: [{ path: '' }] },
    });
  },
);

describe('a command to a batch whose job is out of sight', () => {
  it.each<[string, object, Record<string, string>]>([
    ['cancelMigration', {}, {}],
    ['pauseMigration', {}, {}],
    ['rescheduleMigration', { completeAfterDateTime: at(20) }, {}],
    ['cancelMigrationTask', {}, { taskId: aTask('m-one', 'b001', 1).taskId }],
  ])(
    '%s is accepted, and where the wake-up event does not arrive the log says so',
    async (name, body, params) => {
      expect(await post(name, body, { id: 'm-one', ...params })).toMatchObject({ status: 202 });
      expect((await stores.commands.readLog('m-one')).commands).toHaveLength(1);
      expect(logged).toEqual([
        expect.stringMatching(/^warning: \w+: the wake-up event for m-one-b001-w1 failed/),
      ]);
    },
  );

  it('that was answered with unconfirmed says so when it is sent again', async () => {
    const send = (): ReturnType<typeof post> =>
      post('cancelMigration', {}, { id: 'm-one' }, { 'idempotency-key': 'key-1' });
    expect(await send()).toMatchObject({ status: 202, body: { state: 'pending' } });
    const [command] = (await stores.commands.readLog('m-one')).commands;
    await stores.commands.recordResult({
      migrationId: 'm-one',
      commandId: command?.commandId ?? '',
      batchId: 'b001',
      verdict: 'unconfirmed',
      detail: 'Graph does not show the job',
      decidedAt: at(5),
    });
    expect(await send()).toMatchObject({ status: 202, body: { state: 'unconfirmed' } });
  });

  it('is refused for a user whose batch has ended', async () => {
    await stores.batches.update('m-one', 'b001', { finishedAt: at(4) });
    expect(
      await post(
        'cancelMigrationTask',
        {},
        { id: 'm-one', taskId: aTask('m-one', 'b001', 1).taskId },
      ),
    ).toMatchObject({ status: 409, body: { code: 'tooLate' } });
  });
});

it('a note is taken with its writer, and one without a text is refused with the member that is bad', async () => {
  await stores.migrations.update('m-one', { phase: 'completed' });
  expect(
    await post('addMigrationNote', { note: ' all done ', by: 'lee' }, { id: 'm-one' }),
  ).toMatchObject({ status: 202, body: { kind: 'addNote', state: 'applied' } });
  expect((await stores.commands.readLog('m-one')).commands).toMatchObject([
    { kind: 'addNote', by: 'lee', reason: 'all done', targets: [] },
  ]);
  expect(await post('addMigrationNote', { by: 'lee' }, { id: 'm-one' })).toMatchObject({
    status: 400,
    body: { code: 'invalidRequest', errors: [{ path: 'note' }] },
  });
});

describe('a command to a migration of which a batch runs although its row says that it has ended', () => {
  it('is accepted', async () => {
    await stores.migrations.update('m-one', { phase: 'completedWithErrors' });
    expect(await post('cancelMigration', {}, { id: 'm-one' })).toMatchObject({ status: 202 });
    await stores.batches.update('m-one', 'b001', { finishedAt: at(4) });
    expect(await post('cancelMigration', {}, { id: 'm-one' })).toMatchObject({
      status: 409,
      body: { code: 'tooLate' },
    });
  });
});

describe('users who are in another migration', () => {
  const request = { ...aRequest('wave'), users: [{ targetUserId: userId }] };

  beforeEach(async () => {
    await stores.users.reserve(other, [{ key: `user:${userId}`, moveAgain: false }], at(1));
  });

  it.each<[string, string, object, Record<string, string>]>([
    ['a request', 'createMigration', request, {}],
    ['users to add', 'addMigrationTasks', { users: [{ targetUserId: userId }] }, { id: 'm-one' }],
  ])('are a reason to refuse %s, unless they are to be left out', async (_, name, body, params) => {
    const refused = await post(name, body, params);
    expect(refused).toMatchObject({
      status: 409,
      body: {
        code: 'userUnderWay',
        detail: expect.stringContaining('1 in migration m-other') as string,
        errors: [{ path: 'users[0]' }],
      },
    });
    const accepted = await post(name, { ...body, onConflict: 'leaveOut' }, params).catch(
      (error: unknown) => error,
    );
    // The round of a command is started by the client, which is out of reach here; the command is on record.
    if (name === 'addMigrationTasks')
      expect((await stores.commands.readLog('m-one')).commands.map(({ kind }) => kind)).toEqual([
        'addTasks',
      ]);
    else expect(accepted).toMatchObject({ status: 202 });
  });
});

describe('a retry of a batch whose job is out of sight', () => {
  it('is noted on its row and wakes it', async () => {
    await post('retryMigration', {}, { id: 'm-one' }).catch(() => undefined);
    const [command] = (await stores.commands.readLog('m-one')).commands;
    expect(command).toMatchObject({ kind: 'retry', targets: ['b001'] });
    expect((await stores.batches.get('m-one', 'b001'))?.retryCommandId).toBe(command?.commandId);
    expect(logged[0]).toContain('the wake-up event for m-one-b001-w1 failed');
  });
});

describe('a request whose orchestration cannot be started', () => {
  const request = { ...aRequest('later'), users: [{ targetUserId: userId }] };

  it('is answered with 503, and is the same migration when it is sent again', async () => {
    starts = () =>
      Promise.reject(new StorageUnavailableError('the orchestration could not be started'));
    expect(await post('createMigration', request)).toMatchObject({
      status: 503,
      body: { code: 'storageUnavailable' },
    });
    starts = () => Promise.resolve();
    expect(await post('createMigration', request)).toMatchObject({
      status: 202,
      body: { name: 'later' },
    });
    expect(
      (await stores.migrations.list({ pageSize: 10 })).items.filter(({ name }) => name === 'later'),
    ).toHaveLength(1);
  });

  it('is answered with 500 and the operation id of the log where the app itself has failed, and with none of the error’s words', async () => {
    starts = () => Promise.reject(new TypeError('S3CRET at /home/site/wwwroot'));
    const answer = await post('createMigration', request);
    const { detail } = z.looseObject({ detail: z.string() }).parse(answer.body);
    expect(answer).toMatchObject({ status: 500, body: { code: 'internalError' } });
    expect(JSON.stringify(answer)).not.toMatch(/S3CRET|TypeError|wwwroot/);
    const operationId = /operation id (\S+)$/.exec(detail)?.[1] ?? '';
    expect(logged).toEqual([
      expect.stringMatching(
        new RegExp(`^error: operation ${operationId}: an unexpected error: TypeError: S3CRET`),
      ),
    ]);
  });
});

describe('a host that does not answer the Durable client', { timeout: 20_000 }, () => {
  it('is not waited for longer than a caller waits, by a start or by all events of a command together', async () => {
    const sockets = new Set<Socket>();
    const hole = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.resume();
    });
    await new Promise<void>((resolve) => hole.listen(0, '127.0.0.1', resolve));
    const address = hole.address();
    rpcBaseUrl = `http://127.0.0.1:${String(typeof address === 'object' ? address?.port : 0)}/durabletask/`;
    await stores.batches.insertMissing([{ ...aBatch('m-one', 'b002'), waiterId: 'm-one-b002-w1' }]);
    const startMs = performance.now();
    const [cancel, retry] = await Promise.all([
      post('cancelMigration', {}, { id: 'm-one' }),
      post(
        'addMigrationTasks',
        { users: [{ targetUserId: aTask('m-one', 'b001', 77).taskId }] },
        { id: 'm-one' },
      ),
    ]);
    expect((performance.now() - startMs) / 1_000).toBeLessThan(10);
    // The row is what counts for a command; what it adds to the migration has to be started.
    expect([cancel.status, retry.status, retry.body]).toEqual([
      202,
      503,
      expect.objectContaining({ code: 'storageUnavailable' }),
    ]);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => hole.close(resolve));
  });
});
