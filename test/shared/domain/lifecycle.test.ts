import { describe, expect, it } from 'vitest';
import { batchPhaseSchema } from '../../../shared/contracts/migration.ts';
import {
  batchPhaseOf,
  endsWatch,
  isCancelling,
  isJobStatus,
  isMigrating,
  isValidating,
  jobStatuses,
  lifecycle,
} from '../../../shared/domain/lifecycle.ts';

describe('endsWatch', () => {
  it('ends a watch for validation at its verdict and wherever no verdict can come', () => {
    expect(jobStatuses.filter((status) => endsWatch('validated', status))).toEqual([
      'validatePassed',
      'validateFailed',
      'processing',
      'inProgress',
      'cuttingOver',
      'completed',
      'completedWithErrors',
      'failed',
      'cancelled',
      'pendingDelete',
      'deleted',
    ]);
  });

  it.each(['migrated', 'cancelled'] as const)(
    'ends a watch for %s only at a final status',
    (goal) => {
      expect(jobStatuses.filter((status) => endsWatch(goal, status))).toEqual([
        'completed',
        'completedWithErrors',
        'failed',
        'cancelled',
        'pendingDelete',
        'deleted',
      ]);
      expect(endsWatch(goal, 'gone')).toBe(true);
    },
  );

  it('never takes a status that nobody has published for an end', () => {
    for (const goal of ['validated', 'migrated', 'cancelled'] as const)
      expect(endsWatch(goal, 'frobnicating')).toBe(false);
    expect(isJobStatus('frobnicating')).toBe(false);
  });

  it('goes on waiting for an admin', () => {
    expect(endsWatch('migrated', 'adminActionRequired')).toBe(false);
  });
});

describe('what a status says about an action', () => {
  it('tells taken from refused', () => {
    expect(isValidating('validateSubmitted')).toBe(true);
    expect(isValidating('submitted')).toBe(false);
    expect(isMigrating('processing')).toBe(true);
    expect(isMigrating('validatePassed')).toBe(false);
    expect(isCancelling('pendingCancel')).toBe(true);
    expect(isCancelling('cuttingOver')).toBe(false);
  });
});

describe('lifecycle', () => {
  it('lets nothing start a job twice', () => {
    expect(jobStatuses.filter((status) => lifecycle[status].includes('migrate'))).toEqual([
      'validatePassed',
      'completedWithErrors',
      'failed',
    ]);
    expect(jobStatuses.filter((status) => lifecycle[status].includes('validate'))).toEqual([
      'submitted',
      'validateFailed',
    ]);
  });
});

describe('batchPhaseOf', () => {
  it('gives a phase for what moves and leaves the phase alone where a status says nothing', () => {
    expect(batchPhaseOf('cuttingOver')).toBe('cuttingOver');
    expect(batchPhaseOf('inProgress')).toBe('syncing');
    expect(batchPhaseOf('adminActionRequired')).toBeUndefined();
    for (const status of jobStatuses) {
      const phase = batchPhaseOf(status);
      if (phase !== undefined) expect(batchPhaseSchema.options).toContain(phase);
    }
  });
});
