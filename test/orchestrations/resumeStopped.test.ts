import { beforeEach, describe, expect, it } from 'vitest';
import type { Batch, Migration } from '../../shared/contracts/migration.ts';
import { type InstanceState, resumeStopped } from '../../orchestrations/sweep.ts';
import { createMemoryStores, type MemoryStores } from '../memoryStores/memoryStores.ts';
import { aBatch, aMigration, taken } from '../shared/storage/sampleRows.ts';

const nowMs = Date.parse('2026-11-20T08:00:00Z');
const longAgo = '2026-11-01T08:00:00.000Z';
const ended: Partial<Batch> = { phase: 'completed', finishedAt: longAgo };
const runCommandId = '1000000000000-0123456789ab';
let stores: MemoryStores;
let resumed: string[];
let asked: string[];

beforeEach(() => {
  stores = createMemoryStores();
  [resumed, asked] = [[], []];
});

async function sweepOne(
  migration: Partial<Migration>,
  batches: readonly Partial<Batch>[],
  states: Readonly<Record<string, InstanceState>>,
): Promise<number> {
  const row = aMigration('m-one', { phase: 'running', updatedAt: longAgo, ...migration });
  await stores.migrations.accept(taken(row));
  await stores.batches.insertMissing(
    batches.map((changes, index) => ({
      ...aBatch('m-one', `b00${String(index + 1)}`),
      ...changes,
    })),
  );
  return resumeStopped(row, {
    stores,
    nowMs: () => nowMs,
    statusOf: (instanceId) => {
      asked.push(instanceId);
      return Promise.resolve(states[instanceId] ?? 'missing');
    },
    resume: (id, of) => Promise.resolve(void resumed.push(`${id} ${of ?? 'request'}`)),
  });
}

describe('a migration that runs', () => {
  it('is left alone while its orchestration is alive, by one look at it', async () => {
    expect(await sweepOne({}, [{}, ended], { 'm-one': 'alive' })).toBe(0);
    expect(asked).toEqual(['m-one']);
  });

  it.each<InstanceState>(['ended', 'missing'])(
    'is started again where its orchestration is %s',
    async (state) => {
      expect(await sweepOne({}, [{}, ended], { 'm-one': state })).toBe(1);
      expect(resumed).toEqual(['m-one request']);
    },
  );

  it.each([
    ['its first orchestration', { run: 1 }, 'm-one-b001'],
    ['a later one', { run: 1, restarts: 2 }, 'm-one-b001-x2'],
  ])('waits while a batch is run by %s', async (_, batch, instanceId) => {
    expect(await sweepOne({}, [batch], { 'm-one': 'ended', [instanceId]: 'alive' })).toBe(0);
    expect(resumed).toEqual([]);
  });

  it('is started again although a wait of a batch runs on, because nobody listens to it', async () => {
    expect(
      await sweepOne({}, [{ waiterId: 'm-one-b001-w1' }], {
        'm-one': 'ended',
        'm-one-b001-w1': 'alive',
      }),
    ).toBe(1);
  });

  it('is judged round by round', async () => {
    const states = { 'm-one': 'alive', [`m-one-${runCommandId}`]: 'ended' } as const;
    expect(
      await sweepOne(
        {},
        [{}, { runCommandId, run: 2 }, { ...ended, runCommandId: 'another' }],
        states,
      ),
    ).toBe(1);
    expect(resumed).toEqual([`m-one ${runCommandId}`]);
  });

  it('is given its summary where all batches have ended and nobody is left to write it', async () => {
    expect(
      await sweepOne({}, [ended, { ...ended, runCommandId }], {
        'm-one': 'ended',
        [`m-one-${runCommandId}`]: 'alive',
      }),
    ).toBe(0);
    stores = createMemoryStores();
    expect(
      await sweepOne({}, [ended, { ...ended, runCommandId }], {
        'm-one': 'ended',
        [`m-one-${runCommandId}`]: 'ended',
      }),
    ).toBe(1);
    expect(resumed).toEqual(['m-one request']);
  });

  it('is left alone when it has just been written to, and when it has ended meanwhile', async () => {
    expect(await sweepOne({ updatedAt: new Date(nowMs - 60_000).toISOString() }, [{}], {})).toBe(0);
    stores = createMemoryStores();
    expect(await sweepOne({ phase: 'completed' }, [ended], {})).toBe(0);
    expect(resumed).toEqual([]);
  });
});
