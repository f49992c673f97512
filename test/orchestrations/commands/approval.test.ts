import { afterEach, describe, expect, it } from 'vitest';
import type { CommandLog } from '../../../shared/contracts/command.ts';
import type { OutcomeEvent } from '../../../shared/contracts/outcomeEvent.ts';
import { noCounts } from '../../../shared/domain/outcomes.ts';
import { openWorld, startMs, user, type World } from '../world.ts';
import { conflict, day, effectsOf, inDays, until } from '../worldSteps.ts';

let world: World;
afterEach(() => world.close());

describe('approval', () => {
  const approval = {
    requestedBy: 'lee@fabrikam.com',
    approval: { required: true, timeoutHours: 72 },
  };
  const approvalsOf = async (id: string): Promise<CommandLog['approvals']> =>
    (await world.stores.commands.readLog(id)).approvals;
  /** Nothing has cut over on the strength of the first approval; the second one, by its name, lets the migration go on. */
  const approveAgain = async (id: string): Promise<void> => {
    await until(world, world.clock.now() + day);
    expect(await effectsOf(world)).not.toContain('migrate');
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
    await until(world, startMs + day);
    expect(await effectsOf(world)).not.toContain('migrate');
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
    await until(world, startMs + day);
    await world.ask(id, 'cancelTask', { taskId: user(2) });
    await until(world, world.clock.now() + 3_600_000);
    await world.ask(id, 'approve', { by: 'ana@fabrikam.com' });
    await world.engine.settle();
    const migrated = (await world.log()).filter(({ effect }) => effect === 'migrate');
    expect(migrated).toHaveLength(1);
    expect((await world.migration(id)).counts).toEqual({ ...noCounts, succeeded: 1, cancelled: 1 });
  });

  it('that is refused cancels the jobs and records the users as cancelled', async () => {
    world = await openWorld();
    const id = await world.accept(2, approval);
    await until(world, startMs + day);
    await world.ask(id, 'reject', { by: 'ana@fabrikam.com' });
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({
      phase: 'cancelled',
      counts: { ...noCounts, cancelled: 2 },
    });
    expect((await world.stores.batches.list(id))[0]?.message).toBe('the cutover was rejected');
    expect((await world.jobs()).map(({ status }) => status)).toEqual(['cancelled']);
    expect(await effectsOf(world)).not.toContain('migrate');
  });

  it('that nobody gives in time means no, and comes too late afterwards', async () => {
    world = await openWorld();
    const id = await world.accept(2, approval);
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({ phase: 'cancelled' });
    expect(world.clock.now()).toBeGreaterThan(startMs + 3 * day);
    expect(world.clock.now()).toBeLessThan(startMs + 4 * day);
    expect(await world.ask(id, 'approve')).toMatchObject(conflict('tooLate'));
  });

  it('that comes after the validation has expired renews the validation, and is asked for again', async () => {
    world = await openWorld();
    const id = await world.accept(2, {
      ...approval,
      approval: { required: true, timeoutHours: 400 },
    });
    await until(world, startMs + 9 * day);
    await world.ask(id, 'approve');
    await approveAgain(id);
    expect((await world.migration(id)).phase).toBe('completed');
    expect(await effectsOf(world)).toEqual(['create', 'validate', 'validate', 'migrate']);
  });

  it('that comes after the validation has expired takes a fresh job where Graph does not renew, and is asked for again', async () => {
    world = await openWorld({ scenario: { switches: { revalidateExpired: false } } });
    const id = await world.accept(2, {
      ...approval,
      approval: { required: true, timeoutHours: 400 },
    });
    await until(world, startMs + 9 * day);
    await world.ask(id, 'approve');
    await approveAgain(id);
    expect((await world.migration(id)).phase).toBe('completed');
    expect(await effectsOf(world)).toEqual([
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
    await until(world, startMs + day);
    await world.ask(id, 'approve', { by: 'ana@fabrikam.com' });
    expect(
      await world.ask(id, 'addTasks', {
        by: 'kim@fabrikam.com',
        users: [{ targetUserId: user(7) }],
      }),
    ).toMatchObject({ kind: 'accepted' });
    await until(world, startMs + 3 * day);
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
    await until(world, startMs + day);
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
    await until(world, startMs + day);
    await world.ask(id, 'pause');
    await world.ask(id, 'approve', { by: 'ana@fabrikam.com' });
    await world.ask(id, 'cancelTask', { taskId: user(2) });
    await until(world, startMs + day + 3_600_000);
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
    await until(world, startMs + day);
    await world.ask(id, 'approve', { by: 'ana@fabrikam.com' });
    await world.ask(id, 'revalidate', { by: 'ana@fabrikam.com' });
    await until(world, startMs + 3 * day);
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
    await until(world, startMs + day);
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
