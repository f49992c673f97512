import { afterEach, expect, it, vi } from 'vitest';
import type { Command } from '../../shared/contracts/command.ts';
import { sweep } from '../../orchestrations/sweep.ts';
import { createMemoryStores } from '../memoryStores/memoryStores.ts';
import { aBatch, aCommand, aMigration, taken } from '../shared/storage/sampleRows.ts';

const nowMs = Date.parse('2026-11-20T08:00:00Z');
const ago = (minutes: number): string => new Date(nowMs - minutes * 60_000).toISOString();
const noneStopped = {
  statusOf: () => Promise.resolve('alive' as const),
  resume: () => Promise.reject(new Error('nothing to resume')),
};
const command = (n: number, kind: Command['kind'], minutes: number): Command =>
  aCommand('m-done', n, {
    kind,
    targets: kind === 'retry' ? ['b001'] : [],
    acceptedAt: ago(minutes),
  });

it('starts what was accepted and not started, and the rounds that nobody has answered, once they had time', async () => {
  const stores = createMemoryStores();
  await stores.migrations.accept(taken(aMigration('m-left', { acceptedAt: ago(10) })));
  await stores.migrations.accept(taken(aMigration('m-fresh', { acceptedAt: ago(1) })));
  await stores.migrations.accept(
    taken(aMigration('m-runs', { acceptedAt: ago(10), phase: 'running' })),
  );
  await stores.migrations.accept(
    taken(aMigration('m-done', { acceptedAt: ago(60 * 24 * 3), phase: 'completedWithErrors' })),
  );
  await stores.migrations.accept(
    taken(aMigration('m-old', { acceptedAt: ago(60 * 24 * 40), phase: 'completed' })),
  );
  for (const one of [
    command(1, 'retry', 10),
    command(2, 'retry', 1),
    command(3, 'addTasks', 10),
    command(4, 'cancel', 10),
    command(5, 'addTasks', 10),
  ])
    await stores.commands.add(one);
  await stores.commands.recordResult({
    migrationId: 'm-done',
    commandId: command(5, 'addTasks', 10).commandId,
    batchId: null,
    verdict: 'applied',
    detail: '',
    decidedAt: ago(5),
  });
  const started: string[] = [];
  const swept = await sweep({
    ...noneStopped,
    stores,
    nowMs: () => nowMs,
    start: (id) => Promise.resolve(void started.push(id)),
    startRun: (id, commandId) =>
      Promise.resolve(void started.push(`${id} ${commandId.slice(0, 13)}`)),
  });
  expect(started.toSorted()).toEqual(['m-done 0000000000001', 'm-done 0000000000003', 'm-left']);
  expect(swept).toEqual({ started: 3, resumed: 0 });
  const recorded = (await stores.audit.list('m-done', { pageSize: 50 })).items.map(
    ({ type }) => type,
  );
  expect(recorded).toEqual([
    'request.accepted',
    'command.retry',
    'command.addTasks',
    'command.cancel',
    'command.addTasks',
    'command.applied',
  ]);
});

afterEach(() => {
  vi.useRealTimers();
});

it('looks at a migration until all is answered and on record, and at no other', async () => {
  vi.useFakeTimers({ now: nowMs });
  const stores = createMemoryStores();
  await stores.migrations.accept(
    taken(aMigration('m-quiet', { acceptedAt: ago(60), phase: 'running' })),
  );
  await stores.migrations.accept(
    taken(aMigration('m-done', { acceptedAt: ago(60), phase: 'running' })),
  );
  const read: string[] = [];
  const recorded: string[] = [];
  const watched = {
    ...stores,
    commands: {
      ...stores.commands,
      readLog: (id: string) => (read.push(id), stores.commands.readLog(id)),
    },
    audit: {
      ...stores.audit,
      append: (...given: Parameters<typeof stores.audit.append>) => (
        recorded.push(given[1].type),
        stores.audit.append(...given)
      ),
    },
  };
  const sweepAfter = async (minutes: number): Promise<unknown> => {
    [read.length, recorded.length] = [0, 0];
    const at = nowMs + minutes * 60_000;
    const { started } = await sweep({
      ...noneStopped,
      stores: watched,
      nowMs: () => at,
      start: () => Promise.reject(new Error('nothing to start')),
      startRun: () => Promise.resolve(),
    });
    return { started, read: [...read], recorded: [...recorded] };
  };
  const nothing = { started: 0, read: [], recorded: [] };
  expect(await sweepAfter(0)).toEqual(nothing);

  await stores.commands.add(command(1, 'retry', 0));
  expect(await sweepAfter(1)).toEqual({ started: 0, read: ['m-done'], recorded: [] });
  expect(await sweepAfter(6)).toEqual({
    started: 1,
    read: ['m-done'],
    recorded: ['command.retry'],
  });
  // Whoever writes has a quarter of an hour; after that all is on record, and only the answer is missing.
  expect(await sweepAfter(16)).toEqual({
    started: 1,
    read: ['m-done'],
    recorded: ['command.retry'],
  });
  expect(await sweepAfter(21)).toEqual({ started: 1, read: ['m-done'], recorded: [] });

  vi.setSystemTime(nowMs + 30 * 60_000);
  await stores.commands.recordResult({
    migrationId: 'm-done',
    commandId: command(1, 'retry', 0).commandId,
    batchId: 'b001',
    verdict: 'applied',
    detail: '',
    decidedAt: ago(-30),
  });
  expect(await sweepAfter(35)).toEqual({
    started: 0,
    read: ['m-done'],
    recorded: ['command.retry', 'command.applied'],
  });
  expect(await sweepAfter(46)).toEqual({
    started: 0,
    read: ['m-done'],
    recorded: ['command.retry', 'command.applied'],
  });
  expect(await sweepAfter(51)).toEqual(nothing);
});

it('sweeps the others where one fails, and says so', async () => {
  const stores = createMemoryStores();
  for (const id of ['m-bad', 'm-good'])
    await stores.migrations.accept(taken(aMigration(id, { acceptedAt: ago(10) })));
  await stores.commands.add(command(1, 'retry', 10));
  const started: string[] = [];
  const start = (id: string): Promise<void> =>
    id === 'm-bad' ? Promise.reject(new Error('no room')) : Promise.resolve(void started.push(id));
  const swept = sweep({
    ...noneStopped,
    stores,
    nowMs: () => nowMs,
    start,
    startRun: (id) => Promise.resolve(void started.push(id)),
  });
  await expect(swept).rejects.toThrow(
    'the sweep started 2 orchestrations and resumed 0; it failed for 1 migrations',
  );
  expect(started).toEqual(['m-good', 'm-done']);
});

it('starts again what has stopped before its end, also where that fails for another one', async () => {
  const stores = createMemoryStores();
  for (const id of ['m-bad', 'm-stopped', 'm-alive']) {
    await stores.migrations.accept(taken(aMigration(id, { phase: 'running', updatedAt: ago(10) })));
    await stores.batches.insertMissing([aBatch(id, 'b001')]);
  }
  await stores.migrations.accept(
    taken(aMigration('m-ended', { phase: 'completed', updatedAt: ago(10), finishedAt: ago(10) })),
  );
  const resumed: string[] = [];
  const services = {
    stores,
    nowMs: () => nowMs,
    start: () => Promise.reject(new Error('nothing to start')),
    startRun: () => Promise.reject(new Error('nothing to start')),
    resume: (id: string, runCommandId: string | null) =>
      Promise.resolve(void resumed.push(`${id} ${runCommandId ?? 'request'}`)),
  };
  const statusOf = (instanceId: string) =>
    Promise.resolve(instanceId === 'm-alive' ? ('alive' as const) : ('missing' as const));
  const unclear = (instanceId: string) =>
    instanceId === 'm-bad'
      ? Promise.reject(new Error('Durable does not say'))
      : statusOf(instanceId);
  await expect(sweep({ ...services, statusOf: unclear })).rejects.toThrow(
    'the sweep started 0 orchestrations and resumed 1; it failed for 1 migrations',
  );
  expect(resumed).toEqual(['m-stopped request']);
  expect(await sweep({ ...services, statusOf })).toEqual({ started: 0, resumed: 2 });
  expect(resumed).toEqual(['m-stopped request', 'm-bad request', 'm-stopped request']);
});
