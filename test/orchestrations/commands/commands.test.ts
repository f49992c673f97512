import { afterEach, describe, expect, it } from 'vitest';
import type { CommandLog } from '../../../shared/contracts/command.ts';
import type { OutcomeEvent } from '../../../shared/contracts/outcomeEvent.ts';
import { noCounts } from '../../../shared/domain/outcomes.ts';
import { openWorld, user, type World } from '../world.ts';

let world: World;
afterEach(() => world.close());

const day = 86_400_000;
const start = Date.parse('2026-11-20T08:00:00Z');
const inDays = (days: number): string => new Date(start + days * day).toISOString();
const later = { completeAfterDateTime: inDays(6) };
const until = (ms: number) => world.engine.settle(() => world.clock.now() >= ms);
const phaseIs = async (id: string, phase: string): Promise<void> => {
  for (let steps = 0; steps < 5_000; steps += 1) {
    await world.engine.host.idle();
    if ((await world.stores.batches.list(id))[0]?.phase === phase) return;
    if (!world.clock.step()) break;
  }
  throw new Error(`the batch never became ${phase}`);
};
const effects = async (): Promise<(string | undefined)[]> =>
  (await world.log())
    .map(({ effect }) => effect?.split(' ')[0])
    .filter((effect) => effect !== undefined);
const conflict = (code: string) => ({ kind: 'conflict', code });

describe('approval', () => {
  const approval = {
    requestedBy: 'lee@fabrikam.com',
    approval: { required: true, timeoutHours: 72 },
  };
  const approvalsOf = async (id: string): Promise<CommandLog['approvals']> =>
    (await world.stores.commands.readLog(id)).approvals;
  /** Nothing has cut over on the strength of the first approval; the second one, by its name, lets the migration go on. */
  const approveAgain = async (id: string): Promise<void> => {
    await until(world.clock.now() + day);
    expect(await effects()).not.toContain('migrate');
    expect((await approvalsOf(id)).map(({ decision }) => decision?.verdict)).toEqual([
      'approved',
      undefined,
    ]);
    expect(await world.ask(id, 'approve')).toMatchObject(conflict('approvalNotNamed'));
    expect(
      await world.ask(id, 'approve', { approvalId: (await approvalsOf(id))[1]?.approvalId ?? '' }),
    ).toMatchObject({ kind: 'accepted', command: { state: 'applied' } });
    await world.engine.settle();
  };

  it('is asked for once before the cutover, cannot come from the requester, and lets the migration go on', async () => {
    world = await openWorld({ batchSize: 2 });
    const id = await world.accept(4, approval);
    await until(start + day);
    expect(await effects()).not.toContain('migrate');
    expect(world.stores.sent.map((event) => (event as OutcomeEvent).type)).toEqual([
      'tenant-ferry.approval.requested',
    ]);
    expect(await world.ask(id, 'approve', { by: 'LEE@fabrikam.com' })).toMatchObject({
      kind: 'forbidden',
    });
    expect(await world.ask(id, 'approve', { by: 'ana@fabrikam.com', reason: 'go' })).toMatchObject({
      kind: 'accepted',
      command: { state: 'applied' },
    });
    expect(await world.ask(id, 'reject')).toMatchObject({
      kind: 'accepted',
      command: { state: 'tooLate' },
    });
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({
      phase: 'completed',
      counts: { ...noCounts, succeeded: 4 },
    });
    expect(await world.answers(id)).toEqual(['approve applied', 'reject tooLate']);
  });

  it('is not followed by a migration of a batch whose users were all removed', async () => {
    world = await openWorld({ batchSize: 1 });
    const id = await world.accept(2, {
      ...approval,
      completeAfterDateTime: inDays(10),
    });
    await until(start + day);
    await world.ask(id, 'cancelTask', { taskId: user(2) });
    await until(world.clock.now() + 3_600_000);
    await world.ask(id, 'approve', { by: 'ana@fabrikam.com' });
    await world.engine.settle();
    const migrated = (await world.log()).filter(({ effect }) => effect === 'migrate');
    expect(migrated).toHaveLength(1);
    expect((await world.migration(id)).counts).toEqual({ ...noCounts, succeeded: 1, cancelled: 1 });
  });

  it('that is refused cancels the jobs and records the users as cancelled', async () => {
    world = await openWorld();
    const id = await world.accept(2, approval);
    await until(start + day);
    await world.ask(id, 'reject', { by: 'ana@fabrikam.com' });
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({
      phase: 'cancelled',
      counts: { ...noCounts, cancelled: 2 },
    });
    expect((await world.stores.batches.list(id))[0]?.message).toBe('the cutover was rejected');
    expect((await world.jobs()).map(({ status }) => status)).toEqual(['cancelled']);
    expect(await effects()).not.toContain('migrate');
  });

  it('that nobody gives in time means no, and comes too late afterwards', async () => {
    world = await openWorld();
    const id = await world.accept(2, approval);
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({ phase: 'cancelled' });
    expect(world.clock.now()).toBeGreaterThan(start + 3 * day);
    expect(world.clock.now()).toBeLessThan(start + 4 * day);
    expect(await world.ask(id, 'approve')).toMatchObject(conflict('tooLate'));
  });

  it('that comes after the validation has expired renews the validation, and is asked for again', async () => {
    world = await openWorld();
    const id = await world.accept(2, {
      ...approval,
      approval: { required: true, timeoutHours: 400 },
    });
    await until(start + 9 * day);
    await world.ask(id, 'approve');
    await approveAgain(id);
    expect((await world.migration(id)).phase).toBe('completed');
    expect(await effects()).toEqual(['create', 'validate', 'validate', 'migrate']);
  });

  it('that comes after the validation has expired takes a fresh job where Graph does not renew, and is asked for again', async () => {
    world = await openWorld({ scenario: { switches: { revalidateExpired: false } } });
    const id = await world.accept(2, {
      ...approval,
      approval: { required: true, timeoutHours: 400 },
    });
    await until(start + 9 * day);
    await world.ask(id, 'approve');
    await approveAgain(id);
    expect((await world.migration(id)).phase).toBe('completed');
    expect(await effects()).toEqual([
      'create',
      'validate',
      'cancel',
      'create',
      'validate',
      'migrate',
    ]);
  });

  it('covers only its own users: an added user needs another approval, with a time of its own', async () => {
    world = await openWorld({ userTaskWrites: true });
    const id = await world.accept(2, { ...approval, completeAfterDateTime: inDays(10) });
    await until(start + day);
    await world.ask(id, 'approve', { by: 'ana@fabrikam.com' });
    expect(
      await world.ask(id, 'addTasks', {
        by: 'kim@fabrikam.com',
        users: [{ targetUserId: user(7) }],
      }),
    ).toMatchObject({ kind: 'accepted' });
    await until(start + 3 * day);
    const migrated = async (): Promise<string[]> =>
      (await world.jobs())
        .filter(({ status }) => status !== 'validatePassed')
        .flatMap(({ resources }) => resources);
    expect(await migrated()).toEqual([user(1), user(2)]);
    const [first, second] = await approvalsOf(id);
    expect([first, second]).toMatchObject([
      { taskCount: 2, decision: { verdict: 'approved' } },
      { taskCount: 3, decision: undefined },
    ]);
    const named = { approvalId: second?.approvalId ?? '' };
    // An approver who read the earlier set cannot approve this one by accident, nor can one who changed it.
    expect(await world.ask(id, 'approve', { by: 'ana@fabrikam.com' })).toMatchObject(
      conflict('approvalNotNamed'),
    );
    expect(await world.ask(id, 'approve', { by: 'Ｋim@fabrikam.com.', ...named })).toMatchObject({
      kind: 'forbidden',
      code: 'requesterCannotApprove',
    });
    expect(
      await world.ask(id, 'approve', {
        by: 'zoe@fabrikam.com',
        approvalId: first?.approvalId ?? '',
      }),
    ).toMatchObject({ kind: 'accepted', command: { state: 'tooLate' } });
    expect(
      await world.ask(id, 'approve', { by: 'ana@fabrikam.com', approvalId: '2-0000000000000000' }),
    ).toMatchObject(conflict('approvalChanged'));
    expect(await world.ask(id, 'approve', { by: 'ana@fabrikam.com', ...named })).toMatchObject({
      kind: 'accepted',
      command: { state: 'applied' },
    });
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({
      phase: 'completed',
      counts: { ...noCounts, succeeded: 3 },
    });
  });

  it('given at the moment of an addition is for those whom its request covers', async () => {
    world = await openWorld();
    const id = await world.accept(2, approval);
    await until(start + day);
    await world.ask(id, 'addTasks', { by: 'kim@fabrikam.com', users: [{ targetUserId: user(7) }] });
    expect(await world.ask(id, 'approve', { by: 'ana@fabrikam.com' })).toMatchObject(
      conflict('approvalNotNamed'),
    );
    await world.ask(id, 'approve', {
      by: 'ana@fabrikam.com',
      approvalId: (await approvalsOf(id))[0]?.approvalId ?? '',
    });
    await world.engine.settle();
    // Nobody has decided on the second request.
    expect(await world.migration(id)).toMatchObject({
      counts: { ...noCounts, succeeded: 2, cancelled: 1 },
    });
    expect((await approvalsOf(id)).map(({ decision }) => decision?.verdict)).toEqual([
      'approved',
      'timedOut',
    ]);
    expect((await world.tasks(id)).map(({ taskId, outcome }) => [taskId, outcome])).toContainEqual([
      user(7),
      'cancelled',
    ]);
  });

  it('holds for a set that has become smaller', async () => {
    world = await openWorld();
    const id = await world.accept(3, { ...approval, completeAfterDateTime: inDays(3) });
    await until(start + day);
    await world.ask(id, 'pause');
    await world.ask(id, 'approve', { by: 'ana@fabrikam.com' });
    await world.ask(id, 'cancelTask', { taskId: user(2) });
    await until(start + day + 3_600_000);
    await world.ask(id, 'resume');
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({
      counts: { ...noCounts, succeeded: 2, cancelled: 1 },
    });
    expect(await approvalsOf(id)).toHaveLength(1);
  });

  it('does not cover who was invalid then and is valid now', async () => {
    world = await openWorld({
      batchSize: 1,
      scenario: {
        users: [
          { id: user(2), invalid: [{ workload: 'Teams', code: 'CTTM-005' }], invalidTimes: 1 },
        ],
      },
    });
    const id = await world.accept(2, { ...approval, onInvalid: 'hold' });
    await until(start + day);
    await world.ask(id, 'approve', { by: 'ana@fabrikam.com' });
    await world.ask(id, 'revalidate', { by: 'ana@fabrikam.com' });
    await until(start + 3 * day);
    expect(
      (await approvalsOf(id)).map(({ taskCount, decision }) => [taskCount, decision?.verdict]),
    ).toEqual([
      [1, 'approved'],
      [2, undefined],
    ]);
    await world.engine.settle();
    expect((await world.tasks(id)).map(({ taskId, outcome }) => [taskId, outcome])).toEqual([
      [user(1), 'succeeded'],
      [user(2), 'cancelled'],
    ]);
  });

  it('does not hold for a retry in a fresh job, which is validated anew; it does for one in the same job', async () => {
    const failed = (code: string) => ({
      failed: [{ workload: 'Exchange' as const, code }],
      failedTimes: 1,
    });
    world = await openWorld({
      batchSize: 1,
      scenario: {
        users: [
          { id: user(1), ...failed('EXCH-15') },
          { id: user(2), ...failed('EXCH-08') },
        ],
      },
    });
    const id = await world.accept(2, approval);
    await until(start + day);
    await world.ask(id, 'approve', { by: 'ana@fabrikam.com' });
    await world.engine.settle();
    expect((await world.migration(id)).counts).toEqual({ ...noCounts, failed: 2 });
    await world.ask(id, 'retry', { by: 'ana@fabrikam.com' });
    await world.engine.settle();
    expect((await world.tasks(id)).map(({ outcome }) => outcome === 'succeeded')).toEqual([
      false,
      true,
    ]);
    expect((await approvalsOf(id)).map(({ decision }) => decision?.verdict)).toEqual([
      'approved',
      'timedOut',
    ]);
  });

  it('cannot be given before it is requested', async () => {
    world = await openWorld();
    const id = await world.accept(2, approval);
    expect(await world.ask(id, 'approve', { by: 'ana@fabrikam.com' })).toMatchObject(
      conflict('approvalNotRequested'),
    );
  });

  it('is no business of a migration that does not ask for it', async () => {
    world = await openWorld();
    const id = await world.accept(1);
    expect(await world.ask(id, 'approve')).toMatchObject(conflict('approvalNotRequired'));
  });
});

describe('cancel', () => {
  it.each(['validating', 'syncing'])(
    'of a migration that is %s cancels its jobs and records its users',
    async (phase) => {
      world = await openWorld({ batchSize: 2 });
      const id = await world.accept(4, later);
      await phaseIs(id, phase);
      await world.ask(id, 'cancel');
      await world.engine.settle();
      expect(await world.migration(id)).toMatchObject({
        phase: 'cancelled',
        counts: { ...noCounts, cancelled: 4 },
      });
      expect(await world.answers(id)).toEqual(['cancel applied']);
      expect(new Set((await world.jobs()).map(({ status }) => status))).toEqual(
        new Set(['cancelled']),
      );
      // The wake-up event woke the watches before their next check.
      expect(world.clock.now()).toBeLessThan(start + 2 * day);
    },
  );

  it('that comes when the job cuts over is too late, and the migration goes on', async () => {
    world = await openWorld();
    const id = await world.accept(2);
    await phaseIs(id, 'cuttingOver');
    await world.ask(id, 'cancel');
    await world.engine.settle();
    expect((await world.migration(id)).phase).toBe('completed');
    expect(await world.answers(id)).toEqual(['cancel tooLate']);
  });

  it('twice is answered twice, and after the end with a conflict', async () => {
    world = await openWorld();
    const id = await world.accept(2, later);
    await phaseIs(id, 'syncing');
    await world.ask(id, 'cancel');
    await world.ask(id, 'cancel');
    await world.engine.settle();
    expect(await world.answers(id)).toEqual(['cancel applied', 'cancel applied']);
    expect(await world.ask(id, 'cancel')).toMatchObject(conflict('tooLate'));
    expect((await effects()).filter((effect) => effect === 'cancel')).toHaveLength(1);
  });

  it('before anything was submitted submits nothing', async () => {
    world = await openWorld();
    const id = await world.accept(2);
    await world.ask(id, 'cancel');
    await world.engine.settle();
    expect(await world.jobs()).toEqual([]);
    expect(await world.migration(id)).toMatchObject({
      phase: 'cancelled',
      counts: { ...noCounts, cancelled: 2 },
    });
    expect(await world.answers(id)).toEqual(['cancel applied']);
  });

  it('at any moment is answered, and the answer is true', { timeout: 120_000 }, async () => {
    for (let steps = 0; steps < 60; steps += 3) {
      world = await openWorld({
        scenario: {
          seed: steps,
          users: [{ id: user(1), invalid: [{ workload: 'Teams', code: 'CTM-100' }] }],
        },
      });
      const id = await world.accept(3);
      for (let step = 0; step < steps; step += 1) {
        await world.engine.host.idle();
        world.clock.step();
      }
      const asked = await world.ask(id, 'cancel');
      await world.engine.settle();
      const { phase, counts } = await world.migration(id);
      const applied =
        asked.kind === 'accepted' && (await world.answers(id)).includes('cancel applied');
      const what = `after ${String(steps)} steps: ${JSON.stringify(await world.answers(id))}, ${phase}, ${JSON.stringify(counts)}`;
      expect(counts.pending, what).toBe(0);
      expect((await world.answers(id)).join(), what).not.toContain('pending');
      expect(counts.succeeded === 0, what).toBe(applied);
      await world.close();
    }
    world = await openWorld();
  });
});

describe('cancel of one user', () => {
  it('leaves the others alone', async () => {
    world = await openWorld();
    const id = await world.accept(3, later);
    await phaseIs(id, 'syncing');
    expect(await world.ask(id, 'cancelTask', { taskId: user(2) })).toMatchObject({
      kind: 'accepted',
      command: { targets: ['b001'] },
    });
    await world.engine.settle();
    expect((await world.tasks(id)).map(({ outcome }) => outcome)).toEqual([
      'succeeded',
      'cancelled',
      'succeeded',
    ]);
    expect(await world.answers(id)).toEqual(['cancelTask applied']);
  });

  it('before there is a job takes the user out', async () => {
    world = await openWorld();
    const id = await world.accept(3);
    await world.ask(id, 'pause');
    await until(start + 3_600_000);
    await world.ask(id, 'cancelTask', { taskId: user(2) });
    await world.ask(id, 'resume');
    await world.engine.settle();
    expect((await world.jobs()).map(({ resources }) => resources)).toEqual([[user(1), user(3)]]);
    expect((await world.migration(id)).counts).toEqual({ ...noCounts, succeeded: 2, cancelled: 1 });
  });

  it('who is not there, or has an outcome, is refused', async () => {
    world = await openWorld({
      scenario: { users: [{ id: user(1), invalid: [{ workload: 'Teams', code: 'CTM-100' }] }] },
    });
    const id = await world.accept(3, later);
    expect(await world.ask(id, 'cancelTask', { taskId: user(99) })).toMatchObject({
      kind: 'notFound',
    });
    await phaseIs(id, 'syncing');
    expect(await world.ask(id, 'cancelTask', { taskId: user(1) })).toMatchObject(
      conflict('tooLate'),
    );
  });
});

describe('reschedule', () => {
  it('moves the cutover of running jobs', async () => {
    world = await openWorld();
    const id = await world.accept(2, later);
    await phaseIs(id, 'syncing');
    await world.ask(id, 'reschedule', { completeAfterDateTime: inDays(12) });
    await until(start + 11 * day);
    expect((await world.stores.batches.list(id))[0]?.phase).toBe('syncing');
    await world.engine.settle();
    expect((await world.migration(id)).completeAfterDateTime).toBe(inDays(12));
    expect(world.clock.now()).toBeGreaterThan(start + 12 * day);
    expect(await world.answers(id)).toEqual(['reschedule applied']);
  });

  it('is applied when Graph has set the date without saying so and then refuses it', async () => {
    world = await openWorld({
      faults: {
        seed: 1,
        faults: [
          { kind: 'error503', operation: 'updateJob', occurrence: 1, times: 1, effect: 'after' },
          { kind: 'dateInPast', operation: 'updateJob', occurrence: 2, times: 1 },
        ],
      },
    });
    const id = await world.accept(2, later);
    await phaseIs(id, 'syncing');
    await world.ask(id, 'reschedule', { completeAfterDateTime: inDays(3) });
    await world.engine.settle();
    expect(world.clock.now()).toBeLessThan(start + 5 * day);
    expect(await world.answers(id)).toEqual(['reschedule applied']);
  });

  it('is too late once the job cuts over', async () => {
    world = await openWorld();
    const id = await world.accept(2);
    await phaseIs(id, 'cuttingOver');
    await world.ask(id, 'reschedule', { completeAfterDateTime: inDays(12) });
    await world.engine.settle();
    expect(await world.answers(id)).toEqual(['reschedule tooLate']);
  });
});

describe('pause', () => {
  it('submits nothing new until resume; running jobs go on', async () => {
    world = await openWorld({ batchSize: 2 });
    const id = await world.accept(4);
    await phaseIs(id, 'validating');
    await world.ask(id, 'pause');
    await until(start + 2 * day);
    expect(await effects()).toEqual(['create', 'create', 'validate', 'validate']);
    await world.ask(id, 'resume');
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({
      phase: 'completed',
      counts: { ...noCounts, succeeded: 4 },
    });
    expect(await world.answers(id)).toEqual(['pause applied', 'resume applied']);
  });

  it('waits with a history that does not grow', async () => {
    world = await openWorld();
    const id = await world.accept(1);
    await world.ask(id, 'pause');
    await until(start + 30 * day);
    const turns = world.engine.turns.filter(({ instanceId }) => instanceId === `${id}-b001-g1`);
    expect(turns.length).toBeGreaterThan(1_000);
    expect(Math.max(...turns.slice(-20).map(({ events }) => events))).toBe(
      Math.max(...turns.slice(0, 20).map(({ events }) => events)),
    );
    await world.ask(id, 'cancel');
    await world.engine.settle();
    expect((await world.migration(id)).phase).toBe('cancelled');
  });
});
