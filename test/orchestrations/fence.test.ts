import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { invoke } from '../../local/functions-host/test/durable/engineHarness.ts';
import { activities } from '../../orchestrations/names.ts';
import { site } from './sharePointSamples.ts';
import { openWorld, startMs, type World } from './world.ts';
import { day, inDays } from './worldSteps.ts';

let world: World;

/** The orchestration that a restart has replaced. */
const old = { run: 1, restarts: 0 };

/** All that an activity may change, in storage and at Graph. */
async function everything(id: string): Promise<unknown> {
  const { batches, tasks, commands, audit, quota, sent } = world.stores;
  return {
    batches: await batches.list(id),
    tasks: (await tasks.list(id, { pageSize: 100 })).items,
    book: await commands.readLog(id),
    audit: (await audit.list(id, { pageSize: 1_000 })).items,
    moves: await quota.count(),
    sent: [...sent],
    effects: (await world.log()).flatMap(({ effect }) => effect ?? []),
  };
}

/** Returns the result of an activity as the host calls it. */
async function answerOf(functionName: string, input: object): Promise<unknown> {
  const outcome = await invoke({
    functionName,
    inputData: [{ name: '', data: { json: JSON.stringify(input) } }],
    triggerMetadata: {},
  });
  return outcome.ok ? outcome.result : outcome.error;
}

/** Opens a world in which a migration has run for a day, and gives its batch to another orchestration: the one before is still there. Returns how that one names what it works for. */
async function replaced(accept: () => Promise<string>) {
  world = await openWorld();
  const migrationId = await accept();
  await world.engine.settle(() => world.clock.now() >= startMs + day);
  const [batch] = await world.stores.batches.list(migrationId);
  const [task] = await world.tasks(migrationId);
  if (batch === undefined || task === undefined) throw new Error('nothing was planned');
  await world.stores.batches.update(migrationId, batch.batchId, { restarts: 1 });
  return {
    migrationId,
    batchId: batch.batchId,
    jobId: batch.jobId,
    taskId: task.taskId,
    graphTaskId: task.jobId,
  };
}

type Replaced = Awaited<ReturnType<typeof replaced>>;

/** Calls an activity for the orchestration that was replaced. */
async function isRefused(
  names: Replaced,
  functionName: string,
  members: object,
  answer: string,
): Promise<void> {
  const before = await everything(names.migrationId);
  expect(await answerOf(functionName, { ...names, ...members })).toEqual({ kind: answer });
  expect(await everything(names.migrationId)).toEqual(before);
}

const {
  createJob,
  findJob,
  findPreviousJob,
  validateJob,
  migrateJob,
  cancelJob,
  updateJob,
  cancelTask,
  updateTask,
  recordTasks,
  readCheckpoint,
  reopenTasks,
  recordUnknown,
  readPosition,
  dropTask,
  finishBatch,
} = activities;

describe('an orchestration of users that another one has replaced', () => {
  let names: Replaced;
  beforeAll(async () => {
    names = await replaced(() => world.accept(2, { completeAfterDateTime: inDays(3) }));
  });
  afterAll(() => world.close());

  it.each<[string, object]>([
    [createJob, { attempt: 2 }],
    [findJob, { attempt: 1 }],
    [findPreviousJob, {}],
    [validateJob, {}],
    [migrateJob, {}],
    [cancelJob, {}],
    [updateJob, { completeAfterDateTime: inDays(5) }],
    [cancelTask, {}],
    [updateTask, { commandId: '0000000000001-0123456789ab' }],
    [
      recordTasks,
      { stage: 'migrated', lastStatusHash: null, jobStatus: 'completed', isConfirmed: true },
    ],
    [readCheckpoint, { stage: 'migrate', sinceMs: 0, waiterId: 'w' }],
    [reopenTasks, { outcome: 'unknown' }],
    [recordUnknown, { sinceMs: startMs, isGone: true }],
    [readPosition, {}],
    [dropTask, {}],
    [finishBatch, { failure: 'an error', stopped: null }],
  ])('is told so by %s, which does nothing', (name, members) =>
    isRefused(names, name, { owner: old, ...members }, 'superseded'),
  );

  it('ends its watch at the next change of the job', () =>
    isRefused(
      names,
      activities.pollJob,
      { owner: old, lastStatus: 'validating', lastNeed: null, waiterId: 'w' },
      'ended',
    ));
});

describe('an orchestration of SharePoint tasks that another one has replaced', () => {
  let names: Replaced;
  beforeAll(async () => {
    names = await replaced(() =>
      world.acceptSharePoint([site('IT', { preferredStartDateTime: inDays(3) })]),
    );
  });
  afterAll(() => world.close());

  it.each<[string, object]>([
    [activities.validateSharePointTask, { checkMapping: false, validate: true }],
    [activities.takeQuota, {}],
    [activities.createSharePointTask, {}],
    [activities.pollSharePointTask, { seen: null }],
  ])('ends a task at %s, which does nothing', (name, members) =>
    isRefused(names, name, { ...old, waiterId: 'w', ...members }, 'ended'),
  );
});
