import { expect } from 'vitest';
import { minute } from '../../local/graph-emulator/test/testGraph.ts';
import { pollJob } from '../../orchestrations/users/pollJob.ts';
import { noCounts } from '../../shared/domain/outcomes.ts';
import { user } from '../orchestrations/world.ts';
import { changedJobs } from './changedAnswers.ts';
import { conformanceCase } from './conformanceCase.ts';
import { openApp } from './openApp.ts';
import { openGraph } from './openGraph.ts';

conformanceCase(48, async () => {
  const old = await openGraph({ scenario: { switches: { oldStatusSpelling: true } } });
  const cancelled = await old.graph.created();
  expect((await old.graph.get(`/${cancelled}`)).body).toMatchObject({ status: 'Submitted' });
  expect(await old.client.getJob(cancelled)).toMatchObject({ value: { status: 'submitted' } });
  await old.graph.act(cancelled, 'cancel');
  old.graph.clock.advance(10 * minute);
  expect((await old.graph.get(`/${cancelled}`)).body).toMatchObject({ status: 'Canceled' });
  expect(await old.client.getJob(cancelled)).toMatchObject({ value: { status: 'cancelled' } });

  let status = '';
  const { graph, client } = await openGraph({
    interference: changedJobs((job) => ({ ...job, status })),
  });
  const id = await graph.created();
  for (const [written, meant] of [
    ['CANCELLED', 'cancelled'],
    ['canceled', 'cancelled'],
    ['VALIDATEPASSED', 'validatePassed'],
    ['completedwitherrors', 'completedWithErrors'],
  ] as const) {
    status = written;
    expect(await client.getJob(id)).toMatchObject({ value: { status: meant } });
  }
});

conformanceCase(49, async () => {
  let seen = 0;
  const interference = changedJobs((job) =>
    job['status'] === 'inProgress'
      ? { ...job, status: (seen += 1) % 2 === 0 ? 'unknownFutureValue' : 'hibernating' }
      : job,
  );
  const app = await openApp({ interference });
  const id = await app.accept(3);
  await app.engine.settle(() => seen > 0);
  expect((await app.stores.batches.list(id))[0]).toMatchObject({
    jobStatus: 'hibernating',
    finishedAt: null,
  });
  await app.engine.settle();
  expect(seen).toBeGreaterThan(1);
  expect(await app.migration(id)).toMatchObject({
    phase: 'completed',
    counts: { ...noCounts, succeeded: 3 },
  });
});

conformanceCase(50, async () => {
  let completeAfterDateTime = '';
  const { graph, client } = await openGraph({
    interference: changedJobs((job) => ({ ...job, completeAfterDateTime })),
  });
  const jobId = await graph.created();
  const { services } = await openApp();
  for (const [written, ms] of [
    ['.', 0],
    ['.123', 123],
    ['.1234567', 123],
    ['.9999999', 999],
    ['.0000001', 0],
  ] as const) {
    completeAfterDateTime = `2026-11-20T22:00:00${written === '.' ? '' : written}Z`;
    expect(await client.getJob(jobId)).toMatchObject({ value: { completeAfterDateTime } });
    const read = await pollJob(
      {
        migrationId: 'wave07',
        batchId: 'b001',
        jobId,
        lastStatus: 'submitted',
        lastNeed: null,
        waiterId: null,
      },
      { ...services, jobs: client },
    );
    expect(read, completeAfterDateTime).toMatchObject({
      kind: 'done',
      completeAfterMs: Date.UTC(2026, 10, 20, 22) + ms,
    });
  }
});

conformanceCase(51, async () => {
  let lost = 1;
  const empty = changedJobs((job) => ({ ...job, resources: [], workloads: [] }));
  const app = await openApp({
    batchSize: 2,
    interference: {
      after: (request, response) => {
        // The first answer to create is lost as well, so that the app must find out by itself whose job that is.
        if (request.method !== 'POST' || response.status !== 201 || lost === 0)
          return empty.after?.(request, response) ?? Promise.resolve(undefined);
        lost -= 1;
        return Promise.reject(new Error('the connection was reset'));
      },
    },
  });
  const id = await app.accept(3);
  await app.engine.settle();
  expect((await app.jobs()).map(({ resources }) => resources.toSorted())).toEqual(
    expect.arrayContaining([[user(1), user(2)], [user(3)]]) as string[][],
  );
  expect(await app.jobs()).toHaveLength(2);
  const tasks = await app.tasks(id);
  expect(tasks.map(({ taskId, outcome, services }) => [taskId, outcome, services.length])).toEqual(
    [1, 2, 3].map((n) => [user(n), 'succeeded', 4]),
  );
});
