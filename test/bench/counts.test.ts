import { describe, expect, it } from 'vitest';
import { extended, monitorWakeUps } from '../../bench/counts/monitorGrowth.ts';
import { ourObservation, scriptObservation } from '../../bench/counts/observation.ts';
import { ourWakeUps } from '../../bench/counts/ourWakeUps.ts';
import { ourReread } from '../../bench/counts/rereadWave.ts';
import { ourStorageCalls } from '../../bench/counts/storageCalls.ts';
import { ourThrottling } from '../../bench/counts/throttling.ts';
import { planLarge } from '../../bench/planning/planLarge.ts';

describe('the history of a watch', () => {
  it('is as long after many looks as after few, and short', async () => {
    const polls = await ourWakeUps(60);
    const most = (from: number, to: number): number =>
      Math.max(...polls.slice(from, to).map(({ events }) => events));
    expect(polls).toHaveLength(60);
    expect(most(50, 60)).toBe(most(10, 20));
    expect(most(0, 60)).toBeLessThanOrEqual(20);
    expect(Math.max(...polls.map(({ bytes }) => bytes))).toBeLessThanOrEqual(4_096);
  });

  it('would grow by eight events a look in the loop of the samples, as far as that is run and beyond', async () => {
    const run = await monitorWakeUps(60);
    expect(run[59]?.events).toBe((run[19]?.events ?? 0) + 40 * 8);
    expect(extended(run.slice(0, 50))(60).events).toBe(run[59]?.events);
    expect(extended(run.slice(0, 50))(60).bytes / (run[59]?.bytes ?? NaN)).toBeCloseTo(1, 2);
  });

  it('is read a few kilobytes a look, all orchestrations of the wave together', async () => {
    const { looksPerJob, bytesReadPerJob } = await ourReread(1, { batches: 1, days: 2 });
    expect(looksPerJob).toBeGreaterThan(80);
    expect(bytesReadPerJob / looksPerJob).toBeLessThan(8_192);
  });
});

describe('a look at 100 users', () => {
  it('takes at most six calls of Graph, and writes nothing when nothing has changed', async () => {
    const { graphCalls, writesUnchanged } = await ourObservation();
    expect(graphCalls).toBeGreaterThan(1);
    expect(graphCalls).toBeLessThanOrEqual(6);
    expect(writesUnchanged).toBe(0);
    expect((await scriptObservation()).graphCalls).toBe(101);
  });
});

describe('a tenant that refuses 30 % of the calls', () => {
  it('gets no call while it has asked to wait, and few more than are needed', async () => {
    const { callsInsideRetryAfter, callsPerNeededCall } = await ourThrottling(3, 2);
    expect(callsInsideRetryAfter).toBe(0);
    // By lot: 1.43 on average.
    expect(callsPerNeededCall).toBeGreaterThan(1.2);
    expect(callsPerNeededCall).toBeLessThan(1.7);
  });
});

describe('a plan', () => {
  it('makes one row a user and one batch for each hundred, in writes that do not grow with the request', async () => {
    const [small, large] = [await planLarge(5_000), await planLarge(20_000)];
    expect([small.taskRows, large.taskRows]).toEqual([5_000, 20_000]);
    expect([small.batches.length, large.batches.length]).toEqual([50, 200]);
    expect(Math.max(...large.batches.map(({ taskCount }) => taskCount))).toBe(100);
    expect(new Set(large.batches.map(({ batchId }) => batchId)).size).toBe(200);
    expect(large.largestWrite).toBe(small.largestWrite);
    expect(large.resultBytes).toBeLessThan(512);
  });
});

describe('the storage account', () => {
  it('is called little more than four times for each user of a batch, also when two instances take turns', async () => {
    const alone = await ourStorageCalls(1, 1);
    const together = await ourStorageCalls(1, 2);
    expect(alone.perUser).toBeLessThanOrEqual(4.3);
    // What one has written, the other must read first.
    expect(together.perUser).toBeLessThanOrEqual(4.39);
  });
});
