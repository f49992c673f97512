import { describe, expect, it } from 'vitest';
import { nextCheckSeconds } from '../../../shared/domain/polling.ts';

const nowMs = Date.parse('2026-11-20T08:00:00Z');
const hour = 3_600_000;
const watch = (changes: Partial<Parameters<typeof nextCheckSeconds>[0]>) =>
  nextCheckSeconds({
    goal: 'migrated',
    status: 'inProgress',
    checks: 3,
    nowMs,
    completeAfterMs: nowMs + 100 * hour,
    instanceId: 'm-b001-w2',
    ...changes,
  });

describe('nextCheckSeconds', () => {
  it('is quick after validate, slow while mailboxes sync, quick again near the cutover', () => {
    const validating = watch({ goal: 'validated', status: 'validateProcessing' });
    const syncing = watch({});
    const near = watch({ completeAfterMs: nowMs + hour / 4 });
    expect(validating).toBeLessThanOrEqual(72);
    expect(syncing).toBeGreaterThanOrEqual(1_440);
    expect(syncing).toBeLessThanOrEqual(2_160);
    expect(near).toBeLessThanOrEqual(360);
  });

  it('does not sleep past the moment from which it should be quick', () => {
    expect(watch({ completeAfterMs: nowMs + 40 * 60_000 }) * 1_000).toBeLessThanOrEqual(
      12 * 60_000,
    );
  });

  it('is the same on every replay and differs between batches', () => {
    const ids = Array.from({ length: 40 }, (_, index) => `m-b${String(index).padStart(3, '0')}-w2`);
    const first = ids.map((instanceId) => watch({ instanceId }));
    expect(ids.map((instanceId) => watch({ instanceId }))).toEqual(first);
    expect(new Set(first).size).toBeGreaterThan(20);
  });
});
