import { describe, expect, it } from 'vitest';
import type { CommandResult } from '../../../shared/contracts/command.ts';
import type { Stores } from '../../../shared/storage/stores.ts';
import {
  aBatch,
  aCommand,
  aDecision,
  aMigration,
  anApproval,
  at,
  aTask,
  taken,
} from './sampleRows.ts';

/** What every implementation must do with the log of commands of one batch, with single rows, and with the index of tasks. */
export function bookContract(opened: () => Stores): void {
  describe('the commands of one batch', () => {
    const nothing = { commands: [], results: [], approvals: [] };
    const result = (
      migrationId: string,
      n: number,
      batchId: string | null,
      verdict: CommandResult['verdict'] = 'applied',
      detail = 'd',
    ): CommandResult => ({
      migrationId,
      commandId: aCommand(migrationId, n).commandId,
      batchId,
      verdict,
      detail,
      decidedAt: at(5),
    });

    it('are those of the whole migration, with the results of that batch alone, as soon as they are there', async () => {
      const { commands } = opened();
      const id = 'm-book';
      expect(await commands.readBatchLog(id, 'b001')).toEqual(nothing);
      await commands.add(aCommand(id, 1, { targets: ['b001', 'b0011'] }));
      expect(await commands.readBatchLog(id, 'b001')).toEqual({
        ...nothing,
        commands: (await commands.readLog(id)).commands,
      });
      await commands.recordResult(result(id, 1, 'b0011'));
      await commands.recordResult(result(id, 1, 'b001'));
      await commands.recordResult(result(id, 1, null));
      expect((await commands.readBatchLog(id, 'b001')).results).toEqual([result(id, 1, 'b001')]);
      expect((await commands.readBatchLog(id, 'b0011')).results).toEqual([result(id, 1, 'b0011')]);
      await commands.add(aCommand(id, 2, { targets: ['b001'] }));
      expect((await commands.readBatchLog(id, 'b001')).commands).toHaveLength(2);
      await commands.recordResult(result(id, 2, 'b001', 'tooLate'));
      expect((await commands.readBatchLog(id, 'b001')).results).toEqual([
        result(id, 1, 'b001'),
        result(id, 2, 'b001', 'tooLate'),
      ]);
      await commands.askApproval(anApproval(id, 1));
      expect(await commands.readBatchLog(id, 'b002')).toMatchObject({
        results: [],
        approvals: [anApproval(id, 1)],
      });
      await commands.decide(aDecision(id, 1));
      expect(await commands.readBatchLog(id, 'b002')).toMatchObject({
        results: [],
        approvals: [anApproval(id, 1, {})],
      });
    });

    it('replaces unconfirmed by a later result, and nothing else', async () => {
      const { commands } = opened();
      const id = 'm-unconfirmed';
      await commands.add(aCommand(id, 1, { targets: ['b001'] }));
      expect(await commands.recordResult(result(id, 1, 'b001', 'unconfirmed', 'first'))).toEqual(
        result(id, 1, 'b001', 'unconfirmed', 'first'),
      );
      expect(await commands.recordResult(result(id, 1, 'b001', 'unconfirmed', 'again'))).toEqual(
        result(id, 1, 'b001', 'unconfirmed', 'first'),
      );
      expect((await commands.readBatchLog(id, 'b001')).results).toEqual([
        result(id, 1, 'b001', 'unconfirmed', 'first'),
      ]);
      expect(await commands.recordResult(result(id, 1, 'b001', 'applied'))).toEqual(
        result(id, 1, 'b001', 'applied'),
      );
      expect(await commands.recordResult(result(id, 1, 'b001', 'tooLate'))).toEqual(
        result(id, 1, 'b001', 'applied'),
      );
      expect(await commands.recordResult(result(id, 1, 'b001', 'unconfirmed'))).toEqual(
        result(id, 1, 'b001', 'applied'),
      );
      expect((await commands.readBatchLog(id, 'b001')).results).toEqual([
        result(id, 1, 'b001', 'applied'),
      ]);
      expect((await commands.readLog(id)).results).toEqual([result(id, 1, 'b001', 'applied')]);
    });

    it('lets the first of many answers hold', async () => {
      const { commands } = opened();
      await commands.recordResult(result('m-first', 1, 'b001', 'unconfirmed'));
      const given = await Promise.all(
        Array.from({ length: 8 }, (_, n) =>
          commands.recordResult(result('m-first', 1, 'b001', 'applied', String(n))),
        ),
      );
      expect(new Set(given.map(({ detail }) => detail)).size).toBe(1);
      expect((await commands.readLog('m-first')).results).toEqual([given[0]]);
    });
  });

  it('changes a batch to what is made of it, whoever writes it at the same time', async () => {
    const { batches } = opened();
    await batches.insertMissing([aBatch('m-change', 'b001')]);
    const changed = await Promise.all(
      Array.from({ length: 20 }, () =>
        batches.change('m-change', 'b001', ({ attempt }) => ({ attempt: attempt + 1 })),
      ),
    );
    expect(changed).toEqual(Array.from({ length: 20 }, () => true));
    expect(await batches.get('m-change', 'b001')).toEqual({
      ...aBatch('m-change', 'b001'),
      attempt: 20,
    });
    expect(await batches.change('m-change', 'b001', () => undefined)).toBe(false);
    expect(await batches.change('m-change', 'b002', () => ({ attempt: 1 }))).toBe(false);
  });

  it('knows the migrations that have begun and have not ended', async () => {
    const { migrations } = opened();
    const rows = [
      aMigration('m-run-accepted'),
      aMigration('m-run-planning', { phase: 'planning', updatedAt: at(2) }),
      aMigration('m-run-running', { phase: 'running', updatedAt: at(3) }),
      aMigration('m-run-failed', { phase: 'failed', finishedAt: at(4) }),
      aMigration('m-run-completed', { phase: 'completed', finishedAt: at(4) }),
    ];
    for (const migration of rows) await migrations.accept(taken(migration));
    const running = (await migrations.listRunning()).filter(({ id }) => id.startsWith('m-run-'));
    expect(running.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual([
      { id: 'm-run-planning', updatedAt: at(2) },
      { id: 'm-run-running', updatedAt: at(3) },
    ]);
  });

  it('finds a task in the first batch that has it, planned or added, and lists nothing else than tasks', async () => {
    const { tasks } = opened();
    const first = Array.from({ length: 120 }, (_, n) => aTask('m-find', 'b002', n));
    await tasks.insertMissing(first, { isIndexed: true });
    expect(await tasks.find('m-find', first[7]?.taskId ?? '')).toBeUndefined();
    await tasks.insertTaskIndex('m-find', [...first, aTask('m-find', 'b009', 7)]);
    await tasks.insertTaskIndex('m-find', [aTask('m-find', 'b009', 8)]);
    await tasks.insertMissing([aTask('m-find', 'b001', 7), aTask('m-find', 'b003', 500)]);
    const find = (n: number) => tasks.find('m-find', aTask('m-find', 'b001', n).taskId);
    expect([
      await find(7),
      await find(8),
      await find(119),
      await find(500),
      await find(501),
    ]).toEqual([first[7], first[8], first[119], aTask('m-find', 'b003', 500), undefined]);
    await tasks.save([aTask('m-find', 'b002', 7, { outcome: 'invalid' })]);
    expect(await find(7)).toMatchObject({ batchId: 'b002', outcome: 'invalid' });
    expect((await tasks.list('m-find', { pageSize: 1_000 })).items).toHaveLength(122);
    expect(await tasks.find('m-nobody', first[7]?.taskId ?? '')).toBeUndefined();
  });
}
