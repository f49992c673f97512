import { HttpRequest, type HttpResponseInit, InvocationContext } from '@azure/functions';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { HostLog } from '../../local/host/log/hostLog.ts';
import { AppWorker } from '../../local/host/worker/appWorker.ts';
import { provideCore } from '../../local/host/worker/provideCore.ts';
import { createMemoryStores, type MemoryStores } from '../../local/storage/memoryStores.ts';
import type { Services } from '../../functions/services.ts';
import type { JobClient } from '../../shared/graph/jobClient.ts';
import { aBatch, aMigration, aTask } from '../shared/storage/storesContract.ts';

const worker = new AppWorker(new HostLog(() => undefined));
provideCore(worker.coreModule());
// After the core module is in place: the library looks it up only once.
const { registerGetMigration } = await import('../../functions/getMigration.ts');
const { registerHealth } = await import('../../functions/health.ts');
const { registerListMigrations } = await import('../../functions/listMigrations.ts');
const { registerListRejections } = await import('../../functions/listRejections.ts');
const { registerListTasks } = await import('../../functions/listTasks.ts');

let stores: MemoryStores;
let access: Awaited<ReturnType<JobClient['checkAccess']>> = { kind: 'done', value: null, requestId: 'r' };
let pingFails = false;
const refused = (): never => {
  throw new Error('not part of this test');
};
const jobs: JobClient = {
  createJob: refused,
  getJob: refused,
  findJobByName: refused,
  validateJob: refused,
  migrateJob: refused,
  cancelJob: refused,
  listJobTasks: refused,
  updateJob: refused,
  cancelTask: refused,
  checkAccess: () => Promise.resolve(access),
};
const services: Services = {
  get stores() {
    return pingFails ? { ...stores, ping: () => Promise.reject(new Error('AccountKey=hush')) } : stores;
  },
  jobs,
  maxParallelBatches: 40,
  maxRequestBytes: 1_000,
  nowMs: () => 0,
  intake: refused,
};
for (const register of [registerGetMigration, registerListMigrations, registerListRejections, registerListTasks]) {
  register({ ...services, stores: new Proxy(createMemoryStores(), { get: (_, name) => Reflect.get(stores, name) as unknown }) });
}
registerHealth({ ...services, stores: new Proxy(createMemoryStores(), { get: (_, name) => Reflect.get(services.stores, name) as unknown }) });

async function get(name: string, options: { id?: string; query?: Record<string, string>; accept?: string } = {}): Promise<HttpResponseInit> {
  const registration = worker.registrations.find(({ registered }) => registered.name === name);
  if (registration === undefined) throw new Error(`no function ${name}`);
  const url = new URL(`http://app/api/migrations${options.id === undefined ? '' : `/${options.id}/tasks`}`);
  for (const [key, value] of Object.entries(options.query ?? {})) url.searchParams.set(key, value);
  const request = new HttpRequest({ method: 'GET', url: url.href, params: options.id === undefined ? {} : { id: options.id }, headers: { accept: options.accept ?? '*/*' }, query: options.query ?? {} });
  const context = new InvocationContext({ functionName: name, logHandler: () => undefined });
  return (await registration.callback(request, context)) as HttpResponseInit;
}
const listSchema = z.object({ value: z.array(z.looseObject({})), nextLink: z.string().optional() });
const list = (answer: HttpResponseInit) => listSchema.parse(answer.jsonBody);
const problem = (answer: HttpResponseInit): unknown => JSON.parse(z.string().parse(answer.body));

beforeEach(async () => {
  stores = createMemoryStores();
  access = { kind: 'done', value: null, requestId: 'r' };
  pingFails = false;
  await stores.migrations.insert(aMigration('m-one'));
  await stores.batches.insertMissing([aBatch('m-one', 'b001')]);
  await stores.tasks.insertMissing([1, 2, 3].map((n) => aTask('m-one', 'b001', n)));
});

describe('one migration', () => {
  it('comes with its batches', async () => {
    expect((await get('getMigration', { id: 'm-one' })).jsonBody).toEqual({ ...aMigration('m-one'), batches: [aBatch('m-one', 'b001')] });
  });

  it.each(['m-none', '../claim', 'M-ONE', "x' or 1 eq 1"])('that is not there is a 404: %s', async (id) => {
    const answer = await get('getMigration', { id });
    expect(answer.status).toBe(404);
    expect(problem(answer)).toMatchObject({ code: 'migrationNotFound', status: 404 });
  });
});

describe('lists', () => {
  it('go on by a link that leaves the function key out', async () => {
    for (let day = 2; day <= 4; day += 1) await stores.migrations.insert(aMigration(`m-${String(day)}`, { acceptedAt: `2026-11-0${String(day)}T00:00:00.000Z` }));
    const first = list(await get('listMigrations', { query: { pageSize: '3', code: 'secret' } }));
    expect(first.value.map(({ id }) => id)).toEqual(['m-4', 'm-3', 'm-2']);
    const next = new URL(first.nextLink ?? '');
    expect([next.searchParams.has('code'), next.searchParams.get('pageSize')]).toEqual([false, '3']);
    const second = list(await get('listMigrations', { query: Object.fromEntries(next.searchParams) }));
    expect(second).toEqual({ value: [aMigration('m-one')] });
  });

  it.each([
    [{ pageSize: '0' }, 'pageSize'],
    [{ pageSize: 'many' }, 'pageSize'],
    [{ continuationToken: 'x' }, 'continuationToken'],
    [{ colour: 'blue' }, 'colour'],
  ])('refuse %j by name', async (query, path) => {
    const answer = await get('listMigrations', { query });
    expect(answer.status).toBe(400);
    expect(problem(answer)).toMatchObject({ code: 'invalidQuery', errors: [{ path }] });
  });

  it('show rejections', async () => {
    const rejection = { id: 'r1', source: 'queue', code: 'notJson', detail: 'd', errors: [], rejectedAt: '2026-11-20T08:00:00.000Z' } as const;
    await stores.rejections.save({ ...rejection, errors: [] }, 'text');
    expect(list(await get('listRejections')).value).toEqual([rejection]);
  });
});

describe('tasks', () => {
  it('can be filtered by outcome and batch', async () => {
    await stores.tasks.save([aTask('m-one', 'b001', 2, { outcome: 'failed' })]);
    expect(list(await get('listTasks', { id: 'm-one', query: { outcome: 'failed' } })).value).toEqual([aTask('m-one', 'b001', 2, { outcome: 'failed' })]);
    expect(list(await get('listTasks', { id: 'm-one', query: { outcome: 'pending' } })).value).toHaveLength(2);
    expect(list(await get('listTasks', { id: 'm-one', query: { batchId: 'b002' } })).value).toEqual([]);
    expect((await get('listTasks', { id: 'm-one', query: { outcome: 'lost' } })).status).toBe(400);
    expect((await get('listTasks', { id: 'm-none' })).status).toBe(404);
  });

  it('come as CSV, all of them, without formulas for a spreadsheet to run', async () => {
    const error = { code: 'CTTM-005', message: '=HYPERLINK("http://evil")', remedy: 'a licence' };
    await stores.tasks.save([aTask('m-one', 'b001', 2, { outcome: 'failed', sourceUserPrincipalName: '+lee@contoso.com', services: [{ service: 'Teams', status: 'failed', message: '', errors: [error] }] })]);
    const answer = await get('listTasks', { id: 'm-one', accept: 'text/csv', query: { pageSize: '1' } });
    const lines = z.string().parse(answer.body).trimEnd().split('\n');
    expect(answer.headers).toMatchObject({ 'content-type': 'text/csv; charset=utf-8' });
    expect(lines).toHaveLength(4);
    expect(lines[0]).toBe('migrationId,batchId,taskId,sourceUserPrincipalName,outcome,Teams,Exchange,ODSP,Meeting,codes,messages,remedies,jobId,updatedAt');
    expect(lines[2]).toContain("'+lee@contoso.com,failed,failed,,,,CTTM-005,");
    expect(lines[2]).toContain('\'=HYPERLINK(""http://evil"")');
  });
});

describe('health', () => {
  it('is 200 when storage and Graph answer', async () => {
    expect(await get('health')).toMatchObject({ status: 200, jsonBody: { status: 'healthy' } });
  });

  it('is 503 with what is wrong, and without secrets', async () => {
    pingFails = true;
    access = { kind: 'rejected', problem: { httpStatus: 403, code: 'Authorization_RequestDenied', codes: [], message: 'lee@contoso.com', requestId: 'req-1', clientRequestId: null } };
    const answer = await get('health');
    expect(answer).toMatchObject({ status: 503, jsonBody: { checks: { storage: { status: 'unhealthy' }, graph: { detail: 'Graph answered 403 Authorization_RequestDenied, request-id req-1' } } } });
    expect(JSON.stringify(answer)).not.toMatch(/hush|lee@contoso/);
  });
});
