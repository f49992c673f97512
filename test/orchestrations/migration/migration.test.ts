import { afterEach, describe, expect, it } from 'vitest';
import { outcomeMessageSchema } from '../../../shared/contracts/outcomeEvent.ts';
import type { Workload } from '../../../shared/contracts/request.ts';
import { noCounts } from '../../../shared/domain/outcomes.ts';
import { openWorld, user, type World } from '../world.ts';

let world: World;
afterEach(() => world.close());

const outcomes = async (id: string): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await world.tasks(id))
      .filter(({ outcome }) => outcome !== 'succeeded')
      .map(({ taskId, outcome }) => [taskId, outcome ?? 'pending']),
  );
const fault = (workload: Workload, code: string) => ({
  workload,
  code,
  message: `because of ${code}`,
});

describe('a migration', () => {
  it('goes from request to record: batches, one job each, every user, an event for each end', async () => {
    world = await openWorld({ batchSize: 100 });
    const id = await world.accept(250);
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({
      phase: 'completed',
      batchCount: 3,
      taskCount: 250,
      counts: { ...noCounts, succeeded: 250 },
      message: null,
    });
    const batches = await world.stores.batches.list(id);
    expect(
      batches.map(({ batchId, phase, taskCount, attempt, jobStatus }) => [
        batchId,
        phase,
        taskCount,
        attempt,
        jobStatus,
      ]),
    ).toEqual([
      ['b001', 'completed', 100, 1, 'completed'],
      ['b002', 'completed', 100, 1, 'completed'],
      ['b003', 'completed', 50, 1, 'completed'],
    ]);
    expect((await world.jobs()).map(({ resources }) => resources.length).sort()).toEqual([
      100, 100, 50,
    ]);
    const [task] = await world.tasks(id);
    expect(task?.services.map(({ service, status }) => `${service} ${status}`)).toEqual([
      'Exchange completed',
      'Meeting completed',
      'ODSP completed',
      'Teams completed',
    ]);
    expect(task?.validation.map(({ status }) => status)).toEqual([
      'valid',
      'valid',
      'valid',
      'valid',
    ]);
    const events = world.stores.sent.map((event) => outcomeMessageSchema.parse(event));
    expect(events.map(({ type }) => type).sort()).toEqual([
      ...Array<string>(3).fill('tenant-ferry.batch.finished'),
      'tenant-ferry.migration.finished',
    ]);
    expect(events.at(-1)).toMatchObject({ subject: id, data: { phase: 'completed' } });
  });

  it('records users who fail validation and moves the others in a fresh job', async () => {
    world = await openWorld({
      scenario: {
        users: [
          { id: user(3), invalid: [fault('Teams', 'CTM-100'), fault('Exchange', 'MIGR-002')] },
        ],
      },
    });
    const id = await world.accept(5);
    await world.engine.settle();
    expect(await outcomes(id)).toEqual({ [user(3)]: 'invalid' });
    expect((await world.migration(id)).phase).toBe('completedWithErrors');
    const jobs = await world.jobs();
    expect(jobs.map(({ status, resources }) => [status, resources.length])).toEqual([
      ['cancelled', 5],
      ['completed', 4],
    ]);
    const invalid = (await world.tasks(id)).find(({ taskId }) => taskId === user(3));
    expect(
      invalid?.services.flatMap(({ service, errors }) => errors.map(({ code }) => [service, code])),
    ).toEqual([
      ['Exchange', 'MIGR-002'],
      ['Teams', 'CTM-100'],
    ]);
    expect((await world.log()).filter(({ status }) => status >= 400)).toEqual([]);
  });

  it('records a user whose workload fails, and the batch as completed with errors', async () => {
    world = await openWorld({
      scenario: { users: [{ id: user(2), failed: [fault('Teams', 'CTTM-005')] }] },
    });
    const id = await world.accept(3);
    await world.engine.settle();
    expect(await outcomes(id)).toEqual({ [user(2)]: 'failed' });
    expect((await world.stores.batches.list(id))[0]).toMatchObject({
      phase: 'completedWithErrors',
      jobStatus: 'completedWithErrors',
      counts: { succeeded: 2, failed: 1 },
    });
    const failed = (await world.tasks(id))[1];
    expect(failed?.services.find(({ service }) => service === 'Teams')).toMatchObject({
      status: 'failed',
      errors: [{ code: 'CTTM-005', message: 'because of CTTM-005' }],
    });
  });

  it('stops after validation when that is all that was asked for, and releases the users', async () => {
    world = await openWorld({
      scenario: { users: [{ id: user(1), invalid: [fault('Exchange', 'CTM-100')] }] },
    });
    const id = await world.accept(3, { validateOnly: true });
    await world.engine.settle();
    expect((await world.migration(id)).counts).toEqual({ ...noCounts, validated: 2, invalid: 1 });
    expect((await world.jobs()).map(({ status }) => status)).toEqual(['cancelled']);
    expect((await world.log()).some(({ path }) => path.endsWith('/migrate'))).toBe(false);
    const again = await world.accept(3, { name: 'for-real' });
    await world.engine.settle();
    expect((await world.migration(again)).counts).toEqual({
      ...noCounts,
      succeeded: 2,
      invalid: 1,
    });
  });

  it('ends when every user of a batch is invalid', async () => {
    world = await openWorld({
      scenario: {
        users: [1, 2].map((n) => ({ id: user(n), invalid: [fault('Exchange', 'CTM-100')] })),
      },
    });
    const id = await world.accept(2);
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({
      phase: 'failed',
      counts: { ...noCounts, invalid: 2 },
    });
    expect(await world.jobs()).toHaveLength(1);
  });

  it('does not cut over before the date that was asked for', async () => {
    world = await openWorld();
    const id = await world.accept(2, { completeAfterDateTime: '2026-12-04T22:00:00Z' });
    const cutsOver = async (): Promise<boolean> =>
      (await world.stores.batches.list(id))[0]?.phase === 'cuttingOver';
    let seen = false;
    while (world.clock.now() < Date.parse('2026-12-04T21:59:00Z')) {
      await world.engine.host.idle();
      seen ||= await cutsOver();
      if (!world.clock.step()) break;
    }
    expect(seen).toBe(false);
    await world.engine.settle();
    expect((await world.migration(id)).phase).toBe('completed');
    expect(world.clock.now()).toBeGreaterThan(Date.parse('2026-12-04T22:00:00Z'));
  });

  it('waits for an admin, says so, and goes on', async () => {
    world = await openWorld({
      scenario: {
        jobs: [{ user: user(1), stuckIn: 'adminActionRequired', stuckSeconds: 5 * 86_400 }],
      },
    });
    const id = await world.accept(1);
    let message: string | null = null;
    await world.engine.settle(() => world.clock.now() > Date.parse('2026-11-22T08:00:00Z'));
    message = (await world.stores.batches.list(id))[0]?.message ?? null;
    expect(message).toContain('the job waits for an admin');
    await world.engine.settle();
    expect((await world.migration(id)).phase).toBe('completed');
  });

  it('goes on with a batch that somebody ended from outside, on the job that it has', async () => {
    world = await openWorld({ batchSize: 2 });
    const id = await world.accept(4, { completeAfterDateTime: '2026-11-24T08:00:00Z' });
    await world.engine.settle(() => world.clock.now() > Date.parse('2026-11-21T09:30:00Z'));
    const before = (await world.stores.batches.get(id, 'b001'))?.jobId;
    await world.engine.call('POST', `instances/${id}-b001/terminate?reason=mistake`);
    await world.engine.settle();
    expect(await outcomes(id)).toEqual({});
    expect(await world.stores.batches.get(id, 'b001')).toMatchObject({
      phase: 'completed',
      restarts: 1,
      jobId: before,
    });
    expect(await world.migration(id)).toMatchObject({
      phase: 'completed',
      message: null,
      counts: { ...noCounts, succeeded: 4 },
    });
    expect(await world.jobs()).toHaveLength(2);
    expect((await world.log()).filter(({ effect }) => effect?.startsWith('migrate'))).toHaveLength(
      2,
    );
  });
});
