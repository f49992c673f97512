import { expect } from 'vitest';
import { noCounts } from '../../shared/domain/outcomes.ts';
import { openApp } from '../conformance/openApp.ts';
import { openGraph } from '../conformance/openGraph.ts';
import { user } from '../orchestrations/world.ts';
import { day, inDays, untilPhase } from './appAtWork.ts';
import { contradiction } from './contradiction.ts';
import { sentBodies } from './recordedAnswers.ts';

// Where the pages contradict each other about when something is possible, and how long it takes.

contradiction(11, async (variant) => {
  const scenario = { switches: { cancelOnlyBeforeMigrate: variant === 1 } };
  const early = await openApp({ scenario });
  const first = await early.accept(2);
  await untilPhase(early, first, 'validating');
  await early.ask(first, 'cancel');
  await early.engine.settle();
  expect([(await early.migration(first)).phase, await early.answers(first)]).toEqual([
    'cancelled',
    ['cancel applied'],
  ]);

  const app = await openApp({ scenario });
  const id = await app.accept(2, { completeAfterDateTime: inDays(6) });
  await untilPhase(app, id, 'syncing');
  await app.ask(id, 'cancel');
  await app.engine.settle();
  const goesOn = { phase: 'completed', counts: { ...noCounts, succeeded: 2 } };
  const ends = { phase: 'cancelled', counts: { ...noCounts, cancelled: 2 } };
  expect(await app.migration(id)).toMatchObject(variant === 1 ? goesOn : ends);
  expect(await app.answers(id)).toEqual([variant === 1 ? 'cancel tooLate' : 'cancel applied']);
});

contradiction(12, async (variant) => {
  const { bodies, interference } = sentBodies('PATCH', '');
  const app = await openApp({
    scenario: { switches: { strictCompleteAfter: variant === 2 } },
    interference,
  });
  const id = await app.accept(2, { completeAfterDateTime: inDays(20) });
  await untilPhase(app, id, 'syncing');
  // A command that has waited until its date was past: what is sent lies ahead all the same.
  await app.engine.settle(() => app.clock.now() >= Date.parse(inDays(2)));
  await app.ask(id, 'reschedule', { completeAfterDateTime: inDays(1) });
  await app.engine.settle();
  expect(bodies).toHaveLength(1);
  const sentMs = Date.parse(String(bodies[0]?.['completeAfterDateTime']));
  expect(sentMs).toBeGreaterThan(Date.parse(inDays(2)));
  expect(sentMs).toBeLessThan(Date.parse(inDays(2)) + day / 4);
  expect(await app.answers(id)).toEqual(['reschedule applied']);
  expect(await app.migration(id)).toMatchObject({
    phase: 'completed',
    counts: { ...noCounts, succeeded: 2 },
  });
  expect(app.clock.now()).toBeLessThan(Date.parse(inDays(4)));
});

contradiction(15, async (variant) => {
  const seconds = (variant === 1 ? 2 : 30) * 24 * 3_600;
  const { graph } = await openGraph({
    scenario: { timings: { deletion: { min: seconds, max: seconds } } },
  });
  const id = await graph.created();
  await graph.act(id, 'cancel');
  graph.clock.advance(day);
  expect((await graph.call('DELETE', `/${id}`)).status).toBe(202);
  graph.clock.advance(3 * day);
  expect((await graph.get(`/${id}`)).status).toBe(variant === 1 ? 404 : 200);
  graph.clock.advance(28 * day);
  expect((await graph.get(`/${id}`)).status).toBe(404);

  // Somebody deletes the job between two looks of the app: it writes its record at once, however long the deletion takes.
  let deleted = 0;
  const app = await openApp({
    scenario: { timings: { deletion: { min: seconds, max: seconds }, token: 1e9 } },
    interference: {
      before: async ({ method, url }) => {
        const [job] = await app.jobs();
        if (method !== 'GET' || job?.status !== 'completed' || !url.endsWith(job.id))
          return undefined;
        deleted = await app.byHand('DELETE', `/${job.id}`);
        return undefined;
      },
    },
  });
  const migration = await app.accept(2);
  await app.engine.settle();
  expect([deleted, (await app.jobs())[0]?.status]).toEqual([202, 'pendingDelete']);
  expect(await app.migration(migration)).toMatchObject({
    phase: 'completed',
    counts: { ...noCounts, succeeded: 2 },
  });
  expect(app.clock.now()).toBeLessThan(Date.parse(inDays(2)));
});

contradiction(16, async (variant) => {
  const scenario = {
    switches: { deleteCompletedWithErrors: variant === 2 },
    users: [{ id: user(2), failed: [{ workload: 'Teams' as const, code: 'CTTM-005' }] }],
  };
  const app = await openApp({ scenario });
  const id = await app.accept(3);
  await app.engine.settle();
  const before = [await app.migration(id), await app.tasks(id)];
  expect(before[0]).toMatchObject({
    phase: 'completedWithErrors',
    counts: { ...noCounts, succeeded: 2, failed: 1 },
  });
  const [job] = await app.jobs();
  expect(await app.byHand('DELETE', `/${job?.id ?? ''}`)).toBe(variant === 1 ? 409 : 202);
  app.clock.advance(2 * day);
  expect(await app.byHand('GET', `/${job?.id ?? ''}`)).toBe(variant === 1 ? 200 : 404);
  // What Graph has purged, the app still knows.
  expect([await app.migration(id), await app.tasks(id)]).toEqual(before);
});
