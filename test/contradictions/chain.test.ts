import { expect } from 'vitest';
import { jobRequest } from '../../local/graph-emulator/test/testGraph.ts';
import { noCounts } from '../../shared/domain/outcomes.ts';
import { openApp } from '../conformance/openApp.ts';
import { openGraph } from '../conformance/openGraph.ts';
import { user } from '../orchestrations/world.ts';
import { day, effects, inDays, movesEverybody, untilDay } from './appAtWork.ts';
import { contradiction } from './contradiction.ts';

// Where the pages contradict each other about the chain of create, validate and migrate.

contradiction(1, async (variant) => {
  const scenario = { switches: { legacyValidate: variant === 1 } };
  const { graph } = await openGraph({ scenario });
  expect((await graph.post('/validate', jobRequest())).status).toBe(variant === 1 ? 201 : 405);
  const app = await openApp({ scenario });
  await movesEverybody(app, 3);
  expect(await effects(app)).toEqual(['create', 'validate', 'migrate']);
  expect(await app.jobs()).toHaveLength(1);
});

contradiction(2, async (variant) => {
  if (variant === 2) {
    const app = await openApp({ scenario: { switches: { autoValidateOnCreate: true } } });
    await movesEverybody(app, 3);
    expect(await effects(app)).toEqual(['create', 'migrate']);
    return;
  }
  const preview = await openApp({ scenario: { switches: { autoMigrateOnCreate: true } } });
  await movesEverybody(preview, 3);
  expect(await effects(preview)).toEqual(['create']);
  // Where an approval is asked for, a job that began to migrate by itself is taken back before it can cut over.
  const guarded = await openApp({ scenario: { switches: { autoMigrateOnCreate: true } } });
  const id = await guarded.accept(3, {
    requestedBy: 'lee@fabrikam.com',
    approval: { required: true, timeoutHours: 72 },
    completeAfterDateTime: inDays(1),
  });
  await guarded.engine.settle();
  expect(await effects(guarded)).toEqual(['create', 'cancel']);
  expect(await guarded.migration(id)).toMatchObject({
    phase: 'cancelled',
    counts: { ...noCounts, cancelled: 3 },
  });
  const defines = await openApp();
  await movesEverybody(defines, 3);
  expect(await effects(defines)).toEqual(['create', 'validate', 'migrate']);
});

contradiction(3, async (variant) => {
  const scenario = { switches: { oldStatusSpelling: variant === 1 } };
  const { graph } = await openGraph({ scenario });
  const shown =
    variant === 1
      ? { jobType: 'migrate', status: 'Submitted' }
      : { jobType: 'validate', status: 'submitted' };
  expect((await graph.post('', jobRequest())).body).toMatchObject(shown);
  const app = await openApp({ scenario });
  const id = await movesEverybody(app, 3);
  expect(await effects(app)).toEqual(['create', 'validate', 'migrate']);
  expect((await app.stores.batches.list(id))[0]?.jobStatus).toBe('completed');
});

contradiction(14, async (variant) => {
  const app = await openApp({
    scenario: { switches: { completeAfterStartsProcessing: variant === 1 } },
  });
  const id = await app.accept(3, { completeAfterDateTime: inDays(10) });
  await untilDay(app, 9);
  // By then the mailboxes are in sync, or nothing has begun.
  expect((await app.jobs())[0]?.status).toBe(variant === 1 ? 'processing' : 'inProgress');
  expect((await app.migration(id)).phase).toBe('running');
  await app.engine.settle();
  expect(await app.migration(id)).toMatchObject({
    phase: 'completed',
    counts: { ...noCounts, succeeded: 3 },
  });
  expect(app.clock.now()).toBeGreaterThan(Date.parse(inDays(10)));
  expect(await effects(app)).toEqual(['create', 'validate', 'migrate']);
});

contradiction(17, async (variant) => {
  const app = await openApp({ scenario: { switches: { revalidateExpired: variant === 1 } } });
  const id = await app.accept(2, {
    requestedBy: 'lee@fabrikam.com',
    approval: { required: true, timeoutHours: 400 },
  });
  await untilDay(app, 9);
  await app.ask(id, 'approve');
  await untilDay(app, 10);
  // The validation is another one now: it is approved again.
  await app.ask(id, 'approve', {
    approvalId: (await app.stores.commands.readLog(id)).approvals[1]?.approvalId ?? '',
  });
  await app.engine.settle();
  expect(await app.migration(id)).toMatchObject({
    phase: 'completed',
    counts: { ...noCounts, succeeded: 2 },
  });
  const renewed = ['create', 'validate', 'validate', 'migrate'];
  const replaced = ['create', 'validate', 'cancel', 'create', 'validate', 'migrate'];
  expect(await effects(app)).toEqual(variant === 1 ? renewed : replaced);
});

contradiction(21, async (variant) => {
  const scenario = {
    switches: { oldValidationStatuses: variant === 1 },
    users: [{ id: user(2), invalid: [{ workload: 'Teams' as const, code: 'CTTM-005' }] }],
  };
  const app = await openApp({ scenario });
  const id = await app.accept(3);
  await app.engine.settle();
  expect(await app.migration(id)).toMatchObject({
    phase: 'completedWithErrors',
    counts: { ...noCounts, succeeded: 2, invalid: 1 },
  });
  const validateOnly = await app.accept(3, {
    name: 'dry run',
    users: [user(4), user(5)],
    validateOnly: true,
  });
  await app.engine.settle();
  expect(await app.migration(validateOnly)).toMatchObject({
    counts: { ...noCounts, validated: 2 },
  });
  expect(app.clock.now()).toBeLessThan(Date.parse(inDays(3)) + day);
});

contradiction(18, async (variant) => {
  const failed = [{ workload: 'Teams' as const, code: 'MIGR-003' }];
  const app = await openApp({
    scenario: {
      switches: { migrateAgain: variant === 2 },
      users: [{ id: user(2), failed, failedTimes: 1 }],
    },
  });
  const id = await app.accept(3);
  await app.engine.settle();
  expect(await app.migration(id)).toMatchObject({
    phase: 'completedWithErrors',
    counts: { ...noCounts, succeeded: 2, failed: 1 },
  });
  const before = (await effects(app)).length;
  await app.ask(id, 'retry');
  await app.engine.settle();
  expect(await app.answers(id)).toEqual(['retry applied']);
  const sent = (await effects(app)).slice(before);
  const jobs = (await app.jobs()).map(({ resources }) => resources);
  if (variant === 2) {
    expect(sent).toEqual(['migrate']);
    expect(jobs).toHaveLength(1);
    expect(await app.migration(id)).toMatchObject({
      phase: 'completed',
      counts: { ...noCounts, succeeded: 3 },
    });
  } else {
    expect(sent).toEqual(['create', 'validate', 'migrate']);
    // The new job is about those who failed only; in the emulator they fail once in every job.
    expect(jobs.slice(1)).toEqual([[user(2)]]);
    expect(await app.migration(id)).toMatchObject({
      counts: { ...noCounts, succeeded: 2, failed: 1 },
    });
  }
});
