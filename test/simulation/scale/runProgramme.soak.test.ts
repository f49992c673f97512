import { beforeAll, describe, expect, it } from 'vitest';
import type { ProgrammeShape } from './programme.ts';
import type { ProgrammeResult } from './programmeResult.ts';
import { programmeText } from './programmeText.ts';
import { type RunProgress, runProgramme } from './runProgramme.ts';
import { storageKinds } from './storageRequests.ts';
import { sumOf } from './timeline.ts';

// Throttled often, so that a call which comes too early has its chance.
const shape: ProgrammeShape = {
  seed: 3,
  users: 400,
  migrations: 4,
  throttled: 0.08,
  acceptEveryHours: 3,
  leadDays: { min: 0.3, max: 0.8 },
  syncDays: { min: 0.05, max: 0.2 },
};

let result: ProgrammeResult;
const progress: RunProgress[] = [];
beforeAll(async () => {
  result = await runProgramme(shape, (seen) => progress.push(seen));
});

describe('a programme', () => {
  it('gives every user one outcome, and ends every migration', () => {
    expect(sumOf(Object.values(result.outcomes))).toBe(shape.users);
    expect(sumOf(result.hourly.usersDone)).toBe(shape.users);
    expect(result.outcomes['succeeded']).toBeGreaterThan(380);
    expect(sumOf(Object.values(result.phases))).toBe(shape.migrations);
    expect(Object.keys(result.phases).every((phase) => phase.startsWith('completed'))).toBe(true);
    expect(result.batches).toBe(4);
    expect(result.hostErrors).toEqual([]);
  });

  it('counts every call that the emulator has in its log, and finds none that came while Graph had asked to wait', () => {
    expect(result.loggedCalls).toBeGreaterThan(100);
    expect(sumOf(result.hourly.calls)).toBe(result.loggedCalls);
    expect(sumOf(Object.values(result.operations))).toBe(result.loggedCalls);
    expect(sumOf(result.hourly.refused)).toBeGreaterThan(5);
    expect(result.insideRetryAfter).toBe(0);
  });

  it('counts storage of every kind', () => {
    for (const kind of storageKinds.filter((one) => one !== 'blobWrites'))
      expect([kind, sumOf(result.hourly[kind]) > 0]).toEqual([kind, true]);
    // A request is left as a blob and read: the size first.
    expect(sumOf(result.hourly.blobReads)).toBeGreaterThanOrEqual(2 * shape.migrations);
  });

  it('has jobs in flight from the first acceptance to the last cutover, and none at its end', () => {
    expect(result.jobs).toBeGreaterThanOrEqual(result.batches);
    expect(Math.max(...result.jobsInFlight)).toBeGreaterThan(1);
    expect(Math.max(...result.jobsInFlight)).toBeLessThanOrEqual(result.jobs);
    expect(result.jobsInFlight.at(-1)).toBe(0);
    expect(Math.max(...result.oneDrives)).toBeLessThanOrEqual(shape.users);
  });

  it('notices what changes at Graph within the half hour between two looks, and the end of a cutover sooner', () => {
    const { syncing, ended, userOutcome, anyChange } = result.delays;
    expect(syncing?.count).toBe(4);
    expect(userOutcome?.count).toBe(shape.users);
    expect(anyChange?.count).toBeGreaterThan(4 * 4);
    expect(ended?.medianMinutes).toBeGreaterThan(0);
    expect(ended?.medianMinutes).toBeLessThan(syncing?.medianMinutes ?? 0);
    expect(syncing?.maxMinutes).toBeLessThan(36 + 10);
  });

  it('runs functions, and keeps histories short', () => {
    const { activities, orchestratorTurns, triggers } = result.executions;
    expect(activities).toBeGreaterThan(result.loggedCalls / 2);
    expect(orchestratorTurns).toBeGreaterThan(2 * activities);
    expect(triggers).toBe(
      shape.migrations +
        Math.floor((Date.parse(result.endAt) - Date.parse(result.startAt)) / 300_000),
    );
    expect(result.historyEvents).toBeGreaterThan(orchestratorTurns);
    expect(result.longestHistory).toBeLessThan(200);
  });

  it('says how far it is, as the clock goes', () => {
    expect(progress.length).toBeGreaterThan(20);
    expect(
      progress.every(
        ({ nowMs }, place) => place === 0 || nowMs > (progress[place - 1]?.nowMs ?? 0),
      ),
    ).toBe(true);
    expect(progress.at(-1)?.usersDone).toBeGreaterThan(0);
  });

  it('prints the same for the same seed, and something else for another', async () => {
    const text = programmeText(result, null);
    expect(programmeText(await runProgramme(shape), null)).toBe(text);
    expect(programmeText(await runProgramme({ ...shape, seed: 4 }), null)).not.toBe(text);
    expect(text).toContain('400 users in 4 migrations and 4 batches');
    expect(text).toContain('Jobs in flight');
    expect(text).toContain('to be priced from your own price list');
  });
});
