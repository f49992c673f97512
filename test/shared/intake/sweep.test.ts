import { expect, it } from 'vitest';
import { createMemoryStores } from '../../../local/storage/memoryStores.ts';
import type { Command } from '../../../shared/contracts/command.ts';
import { sweep } from '../../../shared/intake/sweep.ts';
import { aMigration, taken } from '../storage/sampleRows.ts';

const nowMs = Date.parse('2026-11-20T08:00:00Z');
const ago = (minutes: number): string => new Date(nowMs - minutes * 60_000).toISOString();
const command = (n: number, kind: Command['kind'], minutes: number): Command => ({
  migrationId: 'm-done',
  commandId: `000000000000${String(n)}-0123456789ab`,
  kind,
  by: null,
  reason: null,
  completeAfterDateTime: null,
  taskId: null,
  continueWithout: null,
  update: null,
  targets: kind === 'retry' ? ['b001'] : [],
  acceptedAt: ago(minutes),
});

it('starts what was accepted and not started, and the rounds that nobody has answered, once they had time', async () => {
  const stores = createMemoryStores();
  await stores.migrations.accept(taken(aMigration('m-left', { acceptedAt: ago(10) })));
  await stores.migrations.accept(taken(aMigration('m-fresh', { acceptedAt: ago(1) })));
  await stores.migrations.accept(taken(aMigration('m-runs', { acceptedAt: ago(10), phase: 'running' })));
  await stores.migrations.accept(taken(aMigration('m-done', { acceptedAt: ago(60 * 24 * 3), phase: 'completedWithErrors' })));
  await stores.migrations.accept(taken(aMigration('m-old', { acceptedAt: ago(60 * 24 * 40) })));
  for (const one of [command(1, 'retry', 10), command(2, 'retry', 1), command(3, 'addTasks', 10), command(4, 'cancel', 10), command(5, 'addTasks', 10)]) await stores.commands.add(one);
  await stores.commands.answer({ migrationId: 'm-done', commandId: command(5, 'addTasks', 10).commandId, batchId: null, verdict: 'applied', detail: '', decidedAt: ago(5) });
  const started: string[] = [];
  const count = await sweep({
    stores,
    nowMs: () => nowMs,
    start: (id) => Promise.resolve(void started.push(id)),
    startRound: (id, commandId) => Promise.resolve(void started.push(`${id} ${commandId.slice(0, 13)}`)),
  });
  expect(started.toSorted()).toEqual(['m-done 0000000000001', 'm-done 0000000000003', 'm-left']);
  expect(count).toBe(3);
  const recorded = (await stores.audit.list('m-done', { pageSize: 50 })).items.map(({ type }) => type);
  expect(recorded).toEqual(['command.retry', 'command.addTasks', 'command.cancel', 'command.addTasks', 'command.applied']);
});
