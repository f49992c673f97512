import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type FaultCell,
  faultCells,
  faultKinds,
  inProcessHttpClient,
  listen,
  type LoggedRequest,
  type OperationName,
} from '../../../local/graph-emulator/index.ts';
import { callsTo } from '../../../local/graph-emulator/test/faults/faultLog.ts';
import {
  completeAfterMs,
  jobRequest,
  minute,
  targetTenantId,
  TestGraph,
  userId,
} from '../../../local/graph-emulator/test/testGraph.ts';
import { createJobClient, type JobClient } from '../../../shared/graph/jobs.ts';
import { createSend } from '../../../shared/graph/pipeline.ts';
import type { GraphResult } from '../../../shared/graph/result.ts';
import { DevelopmentCredential } from '../../../shared/graph/tenant.ts';

const operations: Readonly<
  Partial<
    Record<OperationName, (client: JobClient, jobId: string) => Promise<GraphResult<unknown>>>
  >
> = {
  createJob: (client) =>
    client.createJob({
      displayName: 'wave08-b001',
      sourceTenantId: '11111111-2222-3333-4444-555555555555',
      completeAfterDateTime: new Date(completeAfterMs).toISOString(),
      workloads: ['Teams'],
      resources: [userId(9)],
    }),
  getJob: (client, jobId) => client.getJob(jobId),
  findJob: (client) => client.findJobByName('wave07-b003'),
  listJobs: (client) => client.listJobs(),
  listTasks: (client, jobId) => client.listJobTasks(jobId),
  validateJob: (client, jobId) => client.validateJob(jobId),
  migrateJob: (client, jobId) => client.migrateJob(jobId),
  cancelJob: (client, jobId) => client.cancelJob(jobId),
  updateJob: (client, jobId) =>
    client.updateJob(jobId, new Date(completeAfterMs + minute).toISOString()),
  deleteJob: (client, jobId) => client.deleteJob(jobId),
  cancelTask: (client, jobId) => client.cancelTask(jobId, userId(1)),
};

interface Call {
  readonly result: GraphResult<unknown>;
  readonly rows: readonly LoggedRequest[];
}

/** The client's call of an operation under a plan that strikes the first such call. */
async function called(
  operation: OperationName,
  fault: object,
  transport: 'process' | 'socket' = 'process',
): Promise<Call> {
  const graph = new TestGraph({ faults: { faults: [{ operation, occurrence: 1, ...fault }] } });
  const listener = await listen('127.0.0.1', 0, (request) => graph.emulator.fetch(request));
  onTestFinished(() => listener.close());
  const client = createJobClient({
    config: { graph: { baseUrl: listener.url, jobsVersion: 'v1.0' } },
    credential: new DevelopmentCredential(
      `${listener.url}/${targetTenantId}/oauth2/v2.0/token`,
      userId(0),
    ),
    readRetryDelayMs: 1,
    ...(transport === 'process' ? { httpClient: inProcessHttpClient(graph.emulator) } : {}),
  });
  // Where the job itself is the struck one, it is made under another name first.
  const jobId = operation === 'createJob' ? userId(0) : await jobFor(graph, operation);
  const before = (await callsTo(graph.emulator)).length;
  const call = operations[operation];
  if (call === undefined) throw new Error(`the client has no ${operation}`);
  return { result: await call(client, jobId), rows: (await callsTo(graph.emulator)).slice(before) };
}

async function jobFor(graph: TestGraph, operation: OperationName): Promise<string> {
  if (operation === 'migrateJob') return graph.validated();
  const id = await graph.created(jobRequest());
  if (operation === 'deleteJob') {
    await graph.act(id, 'cancel');
    graph.clock.advance(5 * minute);
  }
  return id;
}

const planned = ({ kind, effect }: FaultCell): object => ({
  kind,
  ...(faultKinds[kind].effects.length === 1 ? {} : { effect: effect ?? 'after' }),
  ...(kind === 'slowDrip' ? { pauseMs: 0 } : {}),
});
const cells = faultCells(
  Object.keys(operations).filter((name): name is OperationName => name in operations),
);

const kindsOfRead = ['done', 'retryAfter', 'notFound', 'rejected'];

describe('the client', () => {
  it.each(cells)('survives $kind of $operation ($effect)', async (cell) => {
    const { result, rows } = await called(cell.operation, planned(cell));
    const struck = rows.filter(({ fault }) => fault !== null);
    if (cell.kind !== 'notFoundYet' && cell.kind !== 'statusBackwards')
      expect(struck[0]).toMatchObject({ fault: cell.kind, faultEffect: cell.effect });
    expect(rows.filter(({ insideRetryAfter }) => insideRetryAfter)).toEqual([]);
    if (cell.effect === null) {
      expect(kindsOfRead).toContain(result.kind);
      return;
    }
    // A write goes out once, except with a token of its own after a 401.
    expect(rows).toHaveLength(
      cell.kind === 'unauthorized' || cell.kind === 'claimsChallenge' ? 2 : 1,
    );
    // What took effect is never said to have been refused for good, and what did not is never said
    // to be done.
    const tookEffect = rows.some(({ effect }) => effect !== null);
    const refusedAfter =
      cell.kind === 'duplicateName' ? ['rejected'] : ['conflict', 'retryAfter', 'unknown', 'done'];
    if (tookEffect) expect(refusedAfter).toContain(result.kind);
    else expect(result.kind).not.toBe('done');
  });

  it.each(['connectionReset', 'truncatedBody', 'truncatedJson', 'htmlBody', 'error502'])(
    'returns unknown for a write under %s over a socket, and retryAfter for a read',
    async (kind) => {
      const both = kind.startsWith('truncated') ? {} : { effect: 'after' };
      const write = await called('createJob', { kind, ...both }, 'socket');
      expect(write.result).toMatchObject({ kind: 'unknown' });
      expect(write.rows.map(({ effect }) => effect?.split(' ')[0])).toEqual(['create']);
      const read = await called('getJob', { kind, ...both }, 'socket');
      expect(['done', 'retryAfter']).toContain(read.result.kind);
    },
  );

  it('waits for a slow response', async () => {
    const { result } = await called(
      'createJob',
      { kind: 'slowDrip', chunks: 4, pauseMs: 10 },
      'socket',
    );
    expect(result).toMatchObject({ kind: 'done', value: { displayName: 'wave08-b001' } });
  });

  it.each(['base64', 'base64url'])('meets a challenge whose claims are in %s', async (encoding) => {
    const { result, rows } = await called(
      'createJob',
      { kind: 'claimsChallenge', encoding },
      'socket',
    );
    expect(result.kind).toBe('done');
    expect(rows.map(({ status }) => status)).toEqual([401, 201]);
  });

  it.each([
    'connectionReset',
    'error503',
    'htmlBody',
    'throttledSilent',
    'truncatedBody',
    'truncatedJson',
  ])('says in its own words that it got no token under %s', async (kind) => {
    const both =
      faultKinds[cells.find((cell) => cell.kind === kind)?.kind ?? 'forbidden'].effects.length === 2
        ? { effect: 'before' }
        : {};
    const { result, rows } = await called('createJob', {
      kind,
      ...both,
      operation: 'requestToken',
    });
    expect(result).toMatchObject({
      kind: 'retryAfter',
      seconds: 30,
      problem: { httpStatus: 0, code: 'noToken' },
    });
    expect(result.kind === 'done' ? '' : result.problem.message).toMatch(
      /^POST \/v1\.0\/solutions\/migrations\/crossTenantMigrationJobs: no token: ./,
    );
    expect(rows).toEqual([]);
  });

  it('takes each user of a repeated page once', async () => {
    const { result } = await called('listTasks', { kind: 'repeatedPage' });
    expect(result.kind === 'done' && Array.isArray(result.value) ? result.value.length : 0).toBe(2);
  });

  it('does not take a page of a gateway for the success of an action', async () => {
    expect((await called('cancelJob', { kind: 'htmlBody', effect: 'before' })).result.kind).toBe(
      'unknown',
    );
    expect((await called('validateJob', { kind: 'htmlBody', effect: 'before' })).result.kind).toBe(
      'unknown',
    );
  });
});

describe('a call whose response never ends', () => {
  it('is given up at its deadline', async () => {
    const server = createServer((_, response) => {
      response.writeHead(201, { 'content-type': 'application/json' });
      response.write('{"id":');
    });
    const listening = Promise.withResolvers<number>();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      listening.resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const credential = {
      getToken: () => Promise.resolve({ token: 't', expiresOnTimestamp: Date.now() + 3_600_000 }),
    };
    const send = createSend({ credential, scope: 's', deadlineMs: 300 });
    expect(
      await send({
        method: 'POST',
        url: `http://127.0.0.1:${String(await listening.promise)}/v1.0/x`,
        body: {},
      }),
    ).toMatchObject({ wasSent: true, problem: { httpStatus: 0, code: '' } });
  });
});
