import { describe, expect, it } from 'vitest';
import {
  addCounts,
  countOutcomes,
  finalPhaseOf,
  noCounts,
} from '../../../shared/domain/outcomes.ts';

describe('finalPhaseOf', () => {
  it.each([
    [{ succeeded: 3 }, false, 'completed'],
    [{ validated: 3 }, true, 'completed'],
    [{ succeeded: 3, invalid: 1 }, false, 'completedWithErrors'],
    [{ succeeded: 1, cancelled: 1 }, false, 'completedWithErrors'],
    [{ cancelled: 2 }, false, 'cancelled'],
    [{ cancelled: 2, failed: 1 }, false, 'failed'],
    [{ invalid: 2 }, false, 'failed'],
    [{ invalid: 2 }, true, 'completedWithErrors'],
    [{ invalid: 1, failed: 1 }, true, 'failed'],
    [{ pending: 1 }, false, 'failed'],
  ] as const)('%j, validateOnly %s → %s', (counts, validateOnly, phase) => {
    expect(finalPhaseOf({ ...noCounts, ...counts }, validateOnly)).toBe(phase);
  });
});

describe('counts', () => {
  it('counts tasks without an outcome as pending and adds up', () => {
    const counts = countOutcomes([
      { outcome: 'succeeded' },
      { outcome: null },
      { outcome: 'invalid' },
    ]);
    expect(counts).toEqual({ ...noCounts, succeeded: 1, pending: 1, invalid: 1 });
    expect(addCounts([counts, counts, noCounts])).toEqual({
      ...noCounts,
      succeeded: 2,
      pending: 2,
      invalid: 2,
    });
  });
});
