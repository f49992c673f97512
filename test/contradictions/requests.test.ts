import { expect } from 'vitest';
import { jobRequest } from '../../local/graph-emulator/test/testGraph.ts';
import { noCounts } from '../../shared/domain/outcomes.ts';
import { openApp } from '../conformance/openApp.ts';
import { openGraph } from '../conformance/openGraph.ts';
import { user } from '../orchestrations/world.ts';
import { inDays, movesEverybody, untilPhase } from './appAtWork.ts';
import { contradiction } from './contradiction.ts';
import { jobsWith, sentBodies } from './recordedAnswers.ts';

// Where the pages contradict each other about what a job is made of.

contradiction(5, async (variant) => {
  const scenario = { switches: { maxUsersPerJob: variant === 1 ? 100 : 2_000 } };
  const app = await openApp({ scenario });
  await movesEverybody(app, 150);
  expect((await app.jobs()).map(({ resources }) => resources.length)).toEqual([100, 50]);

  const large = await openApp({ scenario, batchSize: 2_000 });
  const id = await large.accept(150);
  await large.engine.settle();
  if (variant === 2) {
    expect((await large.jobs()).map(({ resources }) => resources.length)).toEqual([150]);
    expect(await large.migration(id)).toMatchObject({
      phase: 'completed',
      counts: { ...noCounts, succeeded: 150 },
    });
  } else {
    // Asked for more than the tenant takes, the app says why nothing was moved.
    expect(await large.migration(id)).toMatchObject({
      phase: 'failed',
      counts: { ...noCounts, failed: 150 },
    });
    expect((await large.stores.batches.list(id))[0]?.message).toContain('maxThresholdFailed');
  }
});

contradiction(6, async (variant) => {
  const scenario = { switches: { meetingWorkload: variant === 2 } };
  const three = await openApp({ scenario });
  const id = await movesEverybody(three, 2, { workloads: ['Teams', 'Exchange', 'ODSP'] });
  for (const { services } of await three.tasks(id))
    expect(services.map(({ service }) => service).toSorted()).toEqual([
      'Exchange',
      'ODSP',
      'Teams',
    ]);

  const four = await openApp({ scenario });
  const other = await four.accept(2);
  await four.engine.settle();
  const phase = variant === 2 ? 'completed' : 'failed';
  expect((await four.migration(other)).phase).toBe(phase);
  if (variant === 1)
    expect((await four.stores.batches.list(other))[0]?.message).toContain('status 400');
});

contradiction(7, async (variant) => {
  const resourceType = variant === 1 ? 'Users' : 'users';
  const { graph } = await openGraph();
  expect((await graph.post('', jobRequest({ resourceType }))).status).toBe(201);
  const { bodies, interference } = sentBodies('POST', '/crossTenantMigrationJobs');
  const app = await openApp({ interference: { ...interference, ...jobsWith({ resourceType }) } });
  await movesEverybody(app, 2);
  expect(bodies).toMatchObject([{ resourceType: 'Users' }]);
});

contradiction(19, async (variant) => {
  // Which side looks the name up is the tenants' business: it goes out as it was given.
  const sourceEndpoint = variant === 1 ? 'endpoint-of-contoso' : 'Endpoint of Fabrikam';
  const exchangeSettings = { sourceEndpoint, targetDeliveryDomain: 'fabrikam.onmicrosoft.com' };
  const { bodies, interference } = sentBodies('POST', '/crossTenantMigrationJobs');
  const app = await openApp({ interference });
  await movesEverybody(app, 2, { exchangeSettings });
  expect(bodies).toMatchObject([{ exchangeSettings }]);

  // And where it is looked up in vain, the user's record says what to correct.
  const vain = await openApp({
    scenario: { users: [{ id: user(1), invalid: [{ workload: 'Exchange', code: 'EXCH-07' }] }] },
  });
  const id = await vain.accept(1, { exchangeSettings });
  await vain.engine.settle();
  expect(JSON.stringify(await vain.tasks(id))).toMatch(/EXCH-07/);
  expect(await vain.migration(id)).toMatchObject({ counts: { ...noCounts, invalid: 1 } });
});

contradiction(22, async (variant) => {
  const scenario = { switches: { userTaskWrites: variant === 1 } };
  // The tenant may offer it or not: who does not ask for it does without.
  const plain = await openApp({ scenario });
  await movesEverybody(plain, 3);
  expect(
    (await plain.log()).filter(({ method, path }) => method !== 'GET' && path.includes('/users')),
  ).toEqual([]);

  const app = await openApp({ scenario, userTaskWrites: true });
  const id = await app.accept(2, { completeAfterDateTime: inDays(6) });
  await untilPhase(app, id, 'syncing');
  await app.ask(id, 'addTasks', { users: [{ targetUserId: user(9) }] });
  await app.engine.host.idle();
  await app.ask(id, 'updateTask', { taskId: user(1), update: { taskType: 'users' } });
  await app.engine.settle();
  expect(await app.migration(id)).toMatchObject({
    phase: 'completed',
    counts: { ...noCounts, succeeded: 3 },
  });
  const jobs = (await app.jobs()).map(({ resources }) => resources);
  const added = (await app.log())
    .filter(({ method, path }) => method === 'POST' && path.endsWith('/users'))
    .map(({ status }) => status);
  const updated = (await app.log())
    .filter(({ method, path }) => method === 'PATCH' && path.includes('/users/'))
    .map(({ status }) => status);
  if (variant === 1) {
    expect([added, updated, jobs]).toEqual([[201], [200], [[user(1), user(2)]]]);
    expect(await app.answers(id)).toEqual(['addTasks applied', 'updateTask applied']);
  } else {
    // Not offered: the new user gets a batch of their own, and the update is answered with a refusal.
    expect([added, updated, jobs]).toEqual([[405], [405], [[user(1), user(2)], [user(9)]]]);
    expect(await app.answers(id)).toEqual(['addTasks applied', 'updateTask refused']);
  }
});

contradiction(20, async (variant) => {
  const createdBy =
    variant === 1 ? 'mig.admin@fabrikam.onmicrosoft.com' : '0f1e2d3c-4b5a-4697-8877-665544332211';
  const app = await openApp({ interference: jobsWith({ createdBy }) });
  await movesEverybody(app, 2);
});
