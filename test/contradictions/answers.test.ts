import { expect } from 'vitest';
import { noCounts } from '../../shared/domain/outcomes.ts';
import { openApp } from '../conformance/openApp.ts';
import { openGraph } from '../conformance/openGraph.ts';
import { user } from '../orchestrations/world.ts';
import { effects, inDays, movesEverybody, untilPhase } from './appAtWork.ts';
import { contradiction } from './contradiction.ts';
import { changed } from './recordedAnswers.ts';

// Where the pages contradict each other about what an operation answers.

/** Cancels one user, then the migration, while it syncs; both must be taken at the first call, which answers with this status. */
async function cancels(switches: Record<string, boolean>, status: number): Promise<void> {
  const app = await openApp({ scenario: { switches } });
  const id = await app.accept(3, { completeAfterDateTime: inDays(6) });
  await untilPhase(app, id, 'syncing');
  await app.ask(id, 'cancelTask', { taskId: user(2) });
  await app.engine.host.idle();
  await app.ask(id, 'cancel');
  await app.engine.settle();
  expect(await app.answers(id)).toEqual(['cancelTask applied', 'cancel applied']);
  expect(await app.migration(id)).toMatchObject({
    phase: 'cancelled',
    counts: { ...noCounts, cancelled: 3 },
  });
  expect((await effects(app)).filter((effect) => effect.startsWith('cancel'))).toEqual([
    'cancelUser',
    'cancel',
  ]);
  expect(
    (await app.log()).filter(({ path }) => path.endsWith('/cancel')).map((call) => call.status),
  ).toEqual([status, status]);
}

contradiction(8, async (variant) => {
  const switches = { cancelReturnsOk: variant === 1 };
  const { graph } = await openGraph({ scenario: { switches } });
  const status = variant === 1 ? 200 : 202;
  expect((await graph.post(`/${await graph.created()}/cancel`)).status).toBe(status);
  await cancels(switches, status);
});

contradiction(9, async (variant) => {
  const switches = { wrapCancelResponses: variant === 1 };
  const { graph } = await openGraph({ scenario: { switches } });
  const bare = {
    id: expect.any(String) as string,
    displayName: 'wave07-b003',
    status: 'pendingCancel',
  };
  expect((await graph.post(`/${await graph.created()}/cancel`)).body).toMatchObject(
    variant === 1 ? { value: bare } : bare,
  );
  await cancels(switches, 202);
});

contradiction(10, async (variant) => {
  const scenario = { switches: { wrapSingleEntities: variant === 1 } };
  const { graph } = await openGraph({ scenario });
  const id = await graph.created();
  expect((await graph.get(`/${id}`)).body).toMatchObject(
    variant === 1 ? { value: { id } } : { id },
  );
  // The first answer to create is lost, so that the job is found by its name as well.
  let lost = 1;
  const app = await openApp({
    scenario,
    interference: {
      after: (request) =>
        request.method === 'POST' && request.url.endsWith('Jobs') && lost-- > 0
          ? Promise.reject(new Error('reset'))
          : Promise.resolve(undefined),
    },
  });
  await movesEverybody(app, 3);
  expect(await app.jobs()).toHaveLength(1);
});

contradiction(13, async (variant) => {
  const app = await openApp({ scenario: { switches: { updateReturnsJob: variant === 1 } } });
  const id = await app.accept(2, { completeAfterDateTime: inDays(3) });
  await untilPhase(app, id, 'syncing');
  await app.ask(id, 'reschedule', { completeAfterDateTime: inDays(6) });
  await app.engine.settle();
  expect(
    (await app.log()).filter(({ method }) => method === 'PATCH').map(({ status }) => status),
  ).toEqual([variant === 1 ? 200 : 204]);
  expect(await app.answers(id)).toEqual(['reschedule applied']);
  expect(await app.migration(id)).toMatchObject({
    phase: 'completed',
    completeAfterDateTime: inDays(6),
  });
  expect(app.clock.now()).toBeGreaterThan(Date.parse(inDays(6)));
});

contradiction(27, async (variant) => {
  const message =
    variant === 1
      ? 'Cancellation is not possible as migration passed completeAfter date TraceId: 4f'
      : 'Cancel is not possible. Current status is `Finalizing`';
  const interference = changed(/\/users\/[^/]+\/cancel$/, (body, status) =>
    status === 409 ? { error: { code: '', message } } : body,
  );
  const app = await openApp({ interference });
  const id = await app.accept(3);
  await untilPhase(app, id, 'syncing');
  // Due at once: no user can be taken out any more, although the job is not cutting over yet.
  await app.ask(id, 'cancelTask', { taskId: user(2) });
  await app.engine.settle();
  expect(
    (await app.log()).filter(({ path }) => path.endsWith('/cancel')).map(({ status }) => status),
  ).toEqual([409]);
  expect(await app.answers(id)).toEqual(['cancelTask tooLate']);
  expect(await app.migration(id)).toMatchObject({
    phase: 'completed',
    counts: { ...noCounts, succeeded: 3 },
  });
});
