import { expect, it } from 'vitest';
import type { CommandResult, Decision } from '../../../shared/contracts/command.ts';
import type { Stores, FollowUp } from '../../../shared/storage/stores.ts';
import { aDecision, aMigration, at, taken } from './sampleRows.ts';

// No other test answers this one.
const answer = (migrationId: string, detail = 'd'): CommandResult => ({
  migrationId,
  commandId: '0000000000001-000000000001',
  batchId: 'b001',
  verdict: 'applied',
  detail,
  decidedAt: at(3),
});
const decision = (migrationId: string): Decision => aDecision(migrationId, 1);

/** What every implementation of the stores must do so that a sweep finds what a crash has left. */
export function unsettledContract(opened: () => Stores): void {
  const noted = async (migrationId: string): Promise<FollowUp> => {
    const found = (await opened().commands.listFollowUps()).find(
      (one) => one.migrationId === migrationId,
    );
    if (found === undefined) throw new Error(`${migrationId} is settled`);
    return found;
  };
  const followUp = async (): Promise<readonly string[]> =>
    (await opened().commands.listFollowUps())
      .map(({ migrationId }) => migrationId)
      .filter((id) => id.startsWith('m-left'));

  it('knows the migrations that have not begun', async () => {
    const { migrations } = opened();
    for (const id of ['m-idle-1', 'm-idle-2', 'm-begun'])
      await migrations.accept(taken(aMigration(id, { phase: 'accepted', acceptedAt: at(2) })));
    await migrations.update('m-begun', { phase: 'running' });
    const ids = ['m-idle-1', 'm-idle-2', 'm-begun'];
    expect(
      (await migrations.listUnstarted())
        .filter(({ id }) => ids.includes(id))
        .sort((a, b) => (a.id < b.id ? -1 : 1)),
    ).toEqual([
      { id: 'm-idle-1', acceptedAt: at(2) },
      { id: 'm-idle-2', acceptedAt: at(2) },
    ]);
  });

  it('notes that a migration is unsettled once something is asked, answered or decided, also where that was there before', async () => {
    const { commands } = opened();
    const writes: readonly (readonly [string, (id: string) => Promise<unknown>])[] = [
      ['m-left-answer', (id) => commands.recordResult(answer(id))],
      ['m-left-decision', (id) => commands.decide(decision(id))],
    ];
    for (const [id, write] of writes) {
      await write(id);
      expect((await noted(id)).isRecorded).toBe(false);
      await commands.completeFollowUp(await noted(id), 'done');
      await write(id);
    }
    expect(await followUp()).toEqual(['m-left-answer', 'm-left-decision']);
    expect(Math.abs(Date.parse((await noted('m-left-answer')).since) - Date.now())).toBeLessThan(
      60_000,
    );
    for (const [id] of writes) await commands.completeFollowUp(await noted(id), 'done');
    expect(await followUp()).toEqual([]);
  });

  it('settles nothing that was written to since', async () => {
    const { commands } = opened();
    await commands.recordResult(answer('m-left'));
    const first = await noted('m-left');
    await commands.completeFollowUp(first, 'recorded');
    const recorded = await noted('m-left');
    expect(recorded.isRecorded).toBe(true);
    await commands.recordResult(answer('m-left', 'other'));
    await commands.completeFollowUp(recorded, 'done');
    await commands.completeFollowUp(recorded, 'recorded');
    const second = await noted('m-left');
    expect(second).toMatchObject({ migrationId: 'm-left', isRecorded: false });
    await commands.completeFollowUp(second, 'done');
    await commands.completeFollowUp(second, 'done');
    await commands.completeFollowUp(second, 'recorded');
    expect(await followUp()).toEqual([]);
  });
}
