import { HttpRequest, type HttpResponseInit, InvocationContext } from '@azure/functions';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { listedTask } from '../../functions/http/tasks.ts';
import type { Services } from '../../functions/services.ts';
import { AppWorker, HostLog, provideCore } from '../../local/functions-host/index.ts';
import { migrationDetailSchema } from '../../shared/contracts/responses.ts';
import { noCounts } from '../../shared/domain/outcomes.ts';
import type { JobClient } from '../../shared/graph/jobs.ts';
import { createMemoryStores, type MemoryStores } from '../memoryStores/memoryStores.ts';
import { noJobs } from '../orchestrations/noJobs.ts';
import {
  aBatch,
  aDecision,
  aMigration,
  anApproval,
  at,
  aTask,
  taken,
} from '../shared/storage/sampleRows.ts';

const worker = new AppWorker(new HostLog(() => undefined));
provideCore(worker.coreModule());
// After the core module is in place: the library looks it up only once.
const { registerRoutes } = await import('../../functions/http/registerRoutes.ts');
const { routes } = await import('../../functions/routes.ts');

let stores: MemoryStores;
let access: Awaited<ReturnType<JobClient['checkAccess']>> = {
  kind: 'done',
  value: null,
  requestId: 'r',
};
let pingFails = false;
const refused = (): never => {
  throw new Error('not part of this test');
};
const jobs: JobClient = { ...noJobs, checkAccess: () => Promise.resolve(access) };
const services: Services = {
  get stores() {
    return pingFails
      ? { ...stores, ping: () => Promise.reject(new Error('AccountKey=hush')) }
      : stores;
  },
  jobs,
  maxQueuedMoves: 4_000,
  maxParallelBatches: 40,
  userTaskWrites: false,
  authentication: 'functionKey',
  allowedTenants: [],
  maxRequestBytes: 1_000,
  warn: () => undefined,
  nowMs: () => 0,
  intake: refused,
};
registerRoutes(routes, services);

async function get(
  name: string,
  options: { id?: string; query?: Record<string, string>; accept?: string } = {},
): Promise<HttpResponseInit> {
  const registration = worker.registrations.find(({ registered }) => registered.name === name);
  if (registration === undefined) throw new Error(`no function ${name}`);
  const url = new URL(
    `http://app/api/migrations${options.id === undefined ? '' : `/${options.id}/tasks`}`,
  );
  for (const [key, value] of Object.entries(options.query ?? {})) url.searchParams.set(key, value);
  const request = new HttpRequest({
    method: 'GET',
    url: url.href,
    params: options.id === undefined ? {} : { id: options.id },
    headers: { accept: options.accept ?? '*/*' },
    query: options.query ?? {},
  });
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
  await stores.migrations.accept(taken(aMigration('m-one')));
  await stores.batches.insertMissing([aBatch('m-one', 'b001')]);
  await stores.tasks.insertMissing([1, 2, 3].map((n) => aTask('m-one', 'b001', n)));
});

describe('one migration', () => {
  it('comes with its batches', async () => {
    expect((await get('getMigration', { id: 'm-one' })).jsonBody).toEqual({
      ...aMigration('m-one'),
      failures: [],
      failureSummary: 'no user has failed',
      needsPerson: [],
      approvals: [],
      batches: [aBatch('m-one', 'b001')],
    });
  });

  it('shows the requests for approval with their deadlines, and what was decided', async () => {
    await stores.migrations.update('m-one', { approvalHours: 24 });
    await stores.commands.askApproval(anApproval('m-one', 1));
    await stores.commands.decide(aDecision('m-one', 1));
    await stores.commands.askApproval(anApproval('m-one', 2));
    const { approvals } = migrationDetailSchema.parse(
      (await get('getMigration', { id: 'm-one' })).jsonBody,
    );
    expect(approvals).toMatchObject([
      {
        approvalId: '1-0123456789abcdef',
        taskCount: 3,
        requestedAt: at(1),
        deadlineAt: at(2),
        verdict: 'approved',
        decidedAt: at(2),
      },
      {
        approvalId: '2-0123456789abcdef',
        requestedAt: at(2),
        deadlineAt: at(3),
        verdict: null,
        decidedAt: null,
      },
    ]);
  });

  it('says why users fail, tenant-wide reasons first, and counts them, all from the rows of the batches', async () => {
    await stores.migrations.update('m-one', { phase: 'running' });
    await stores.batches.insertMissing([aBatch('m-one', 'b002')]);
    const reason = (code: string, users: number, n: number) => ({
      code,
      users,
      services: ['Exchange'],
      exampleTaskIds: [aTask('m-one', 'b001', n).taskId],
    });
    await stores.batches.update('m-one', 'b001', {
      counts: { ...noCounts, failed: 3 },
      failures: { users: 3, reasons: [reason('EXCH-15', 2, 1), reason('NEW-1', 1, 2)] },
    });
    await stores.batches.update('m-one', 'b002', {
      counts: { ...noCounts, succeeded: 1, failed: 2 },
      failures: { users: 2, reasons: [reason('MIGR-001', 1, 3), reason('EXCH-15', 1, 4)] },
    });
    const unread = (): never => {
      throw new Error('the tasks must not be read');
    };
    stores = { ...stores, tasks: { ...stores.tasks, list: unread, listBatch: unread } };
    const detail = migrationDetailSchema.parse(
      (await get('getMigration', { id: 'm-one' })).jsonBody,
    );
    expect(detail.failureSummary).toBe('5 users, 3 reasons (1 tenant-wide)');
    expect(
      detail.failures.map(({ code, users, scope, whoCanFix, known }) => [
        code,
        users,
        scope,
        whoCanFix,
        known,
      ]),
    ).toEqual([
      ['MIGR-001', 1, 'tenant', 'sourceAdmin', true],
      ['EXCH-15', 3, 'user', 'microsoft', true],
      ['NEW-1', 1, 'user', 'microsoft', false],
    ]);
    expect(detail.failures[1]?.exampleTaskIds).toEqual([
      aTask('m-one', 'b001', 1).taskId,
      aTask('m-one', 'b001', 4).taskId,
    ]);
    expect(detail.counts).toEqual({ ...noCounts, succeeded: 1, failed: 5 });
  });

  it.each(['m-none', '../claim', 'M-ONE', "x' or 1 eq 1"])(
    'that is not there is a 404: %s',
    async (id) => {
      const answer = await get('getMigration', { id });
      expect(answer.status).toBe(404);
      expect(problem(answer)).toMatchObject({ code: 'migrationNotFound', status: 404 });
    },
  );
});

describe('lists', () => {
  it('go on by a link that leaves the function key out', async () => {
    for (let day = 2; day <= 4; day += 1)
      await stores.migrations.accept(
        taken(
          aMigration(`m-${String(day)}`, { acceptedAt: `2026-11-0${String(day)}T00:00:00.000Z` }),
        ),
      );
    const first = list(await get('listMigrations', { query: { pageSize: '3', code: 'secret' } }));
    expect(first.value.map(({ id }) => id)).toEqual(['m-4', 'm-3', 'm-2']);
    const next = new URL(first.nextLink ?? '');
    expect([next.searchParams.has('code'), next.searchParams.get('pageSize')]).toEqual([
      false,
      '3',
    ]);
    const second = list(
      await get('listMigrations', { query: Object.fromEntries(next.searchParams) }),
    );
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
    const rejection = {
      id: 'r1',
      source: 'queue',
      code: 'notJson',
      detail: 'd',
      errors: [],
      rejectedAt: '2026-11-20T08:00:00.000Z',
      lastRejectedAt: '2026-11-20T09:00:00.000Z',
      count: 3,
      replayedAt: null,
      migrationId: null,
    } as const;
    await stores.rejections.save({ ...rejection, errors: [] }, 'text');
    expect(list(await get('listRejections')).value).toEqual([rejection]);
  });

  it('show the trail of refused messages', async () => {
    await stores.audit.append('rejections', {
      eventId: 'rejections/r1',
      type: 'request.rejected',
      at: '2026-11-20T08:00:00.000Z',
      by: null,
      batchId: null,
      jobId: null,
      taskId: null,
      detail: 'notJson',
    });
    expect(list(await get('listRejectionEvents')).value).toMatchObject([
      { migrationId: 'rejections', sequence: 1, eventId: 'rejections/r1' },
    ]);
  });
});

describe('tasks', () => {
  it('can be filtered by outcome and batch', async () => {
    await stores.tasks.save([aTask('m-one', 'b001', 2, { outcome: 'failed' })]);
    expect(
      list(await get('listTasks', { id: 'm-one', query: { outcome: 'failed' } })).value,
    ).toEqual([listedTask(aTask('m-one', 'b001', 2, { outcome: 'failed' }))]);
    expect(
      list(await get('listTasks', { id: 'm-one', query: { outcome: 'pending' } })).value,
    ).toHaveLength(2);
    expect(list(await get('listTasks', { id: 'm-one', query: { batchId: 'b002' } })).value).toEqual(
      [],
    );
    expect((await get('listTasks', { id: 'm-one', query: { outcome: 'lost' } })).status).toBe(400);
    expect((await get('listTasks', { id: 'm-none' })).status).toBe(404);
  });

  it('explain their errors and can be filtered by code, by who can fix them and by how to retry', async () => {
    const failed = (n: number, ...codes: string[]) =>
      aTask('m-one', 'b001', n, {
        outcome: 'failed',
        services: [
          {
            service: 'Exchange',
            status: 'failed',
            message: '',
            errors: codes.map((code) => ({ code, message: 'm' })),
          },
        ],
      });
    const moved = aTask('m-one', 'b001', 4, {
      outcome: 'succeeded',
      services: [
        {
          service: 'Teams',
          status: 'completed',
          message: '',
          errors: [{ code: 'CTTM-017', message: 'm' }],
        },
      ],
    });
    await stores.tasks.save([failed(1, 'EXCH-15'), failed(2, 'MIGR-002', 'CTTM-005'), moved]);
    const ids = async (query: Record<string, string>) =>
      list(await get('listTasks', { id: 'm-one', query })).value.map(({ taskId }) =>
        Number(String(taskId).slice(-3)),
      );
    expect(await ids({ errorCode: 'exch-15' })).toEqual([1]);
    expect(await ids({ errorCode: 'CTTM-017' })).toEqual([4]);
    expect(await ids({ whoCanFix: 'licensing' })).toEqual([2]);
    expect(await ids({ whoCanFix: 'sourceAdmin', outcome: 'failed' })).toEqual([2]);
    expect(await ids({ retry: 'newJob' })).toEqual([1]);
    expect(await ids({ retry: 'afterFix', errorCode: 'EXCH-15' })).toEqual([]);
    expect((await get('listTasks', { id: 'm-one', query: { whoCanFix: 'me' } })).status).toBe(400);
    expect(
      list(await get('listTasks', { id: 'm-one', query: { errorCode: 'CTTM-005' } })).value,
    ).toEqual([listedTask(failed(2, 'MIGR-002', 'CTTM-005'))]);
    const csv = await get('listTasks', {
      id: 'm-one',
      accept: 'text/csv',
      query: { errorCode: 'EXCH-15' },
    });
    expect(z.string().parse(csv.body).trimEnd().split('\n')).toHaveLength(2);
  });

  it('of SharePoint come as CSV with what moves where', async () => {
    const services = [
      {
        service: 'SharePoint',
        status: 'failed',
        message: 'm',
        errors: [{ code: 'MnAPartnersOnTheSameFarm', message: 'm' }],
      },
    ];
    await stores.tasks.save([
      aTask('m-one', 'b001', 1, {
        outcome: 'failed',
        source: 'https://contoso.sharepoint.com/sites/IT',
        target: 'https://fabrico.sharepoint.com/sites/IT',
        services,
      }),
    ]);
    const [, row] = z
      .string()
      .parse((await get('listTasks', { id: 'm-one', accept: 'text/csv' })).body)
      .split('\n');
    expect(row).toContain(
      ',failed,,,,,failed,https://contoso.sharepoint.com/sites/IT,https://fabrico.sharepoint.com/sites/IT,MnAPartnersOnTheSameFarm,',
    );
    expect(row).toContain(',microsoft,afterFix,tenant,');
  });

  it('that a filter lets through are found on later pages, however many pages have none', async () => {
    const services = [
      {
        service: 'Exchange',
        status: 'failed',
        message: '',
        errors: [{ code: 'EXCH-15', message: 'm' }],
      },
    ];
    await stores.tasks.insertMissing(
      Array.from({ length: 57 }, (_, n) => aTask('m-one', 'b002', n + 1)),
    );
    await stores.tasks.save(
      [2, 56].map((n) => aTask('m-one', 'b002', n, { outcome: 'failed', services })),
    );
    let query: Record<string, string> = { errorCode: 'EXCH-15', pageSize: '2' };
    const found: unknown[] = [];
    for (let requests = 1; ; requests += 1) {
      expect(requests).toBeLessThan(10);
      const { value, nextLink } = list(await get('listTasks', { id: 'm-one', query }));
      found.push(...value.map(({ taskId }) => taskId));
      if (nextLink === undefined) break;
      query = Object.fromEntries(new URL(nextLink).searchParams);
    }
    expect(found).toEqual([aTask('m-one', 'b002', 2).taskId, aTask('m-one', 'b002', 56).taskId]);
  });

  it('come as CSV, all of them, without formulas for a spreadsheet to run', async () => {
    const error = { code: 'CTTM-005', message: '=HYPERLINK("http://evil")' };
    await stores.tasks.save([
      aTask('m-one', 'b001', 2, {
        outcome: 'failed',
        sourceUserPrincipalName: '+lee@contoso.com',
        services: [{ service: 'Teams', status: 'failed', message: '', errors: [error] }],
      }),
    ]);
    const answer = await get('listTasks', {
      id: 'm-one',
      accept: 'text/csv',
      query: { pageSize: '1' },
    });
    const lines = z.string().parse(answer.body).trimEnd().split('\n');
    expect(answer.headers).toMatchObject({ 'content-type': 'text/csv; charset=utf-8' });
    expect(lines).toHaveLength(4);
    expect(lines[0]).toBe(
      'migrationId,batchId,taskId,sourceUserPrincipalName,outcome,Teams,Exchange,ODSP,Meeting,SharePoint,source,target,codes,messages,meanings,whoCanFix,retry,scope,steps,jobId,updatedAt',
    );
    expect(lines[2]).toContain("'+lee@contoso.com,failed,failed,,,,,,,CTTM-005,");
    expect(lines[2]).toContain('\'=HYPERLINK(""http://evil"")');
    expect(lines[2]).toContain(
      ',The user has no Teams licence in one of the tenants.,licensing,afterFix,user,"Assign a Teams licence to the user in the tenant that the message names, and retry.",',
    );
  });
});

describe('health', () => {
  it('is 200 when storage and Graph answer', async () => {
    expect(await get('health')).toMatchObject({ status: 200, jsonBody: { status: 'healthy' } });
  });

  it('is 503 with what is wrong, and without secrets', async () => {
    pingFails = true;
    access = {
      kind: 'rejected',
      problem: {
        httpStatus: 403,
        code: 'Authorization_RequestDenied',
        codes: [],
        message: 'lee@contoso.com',
        requestId: 'req-1',
        clientRequestId: null,
      },
    };
    const answer = await get('health');
    expect(answer).toMatchObject({
      status: 503,
      jsonBody: {
        checks: {
          storage: { status: 'unhealthy' },
          graph: {
            detail: expect.stringMatching(
              /^Graph responded with 403 Authorization_RequestDenied, request-id req-1: .*CrossTenantContentMigration[.]ReadWrite[.]All/,
            ) as string,
          },
        },
      },
    });
    expect(JSON.stringify(answer)).not.toMatch(/hush|lee@contoso/);
  });
});
