import { describe, expect, it } from 'vitest';
import { batchPhaseSchema } from '../../../shared/contracts/migration.ts';
import {
  accepts,
  batchPhaseOf,
  endsWatch,
  isCancelling,
  isJobStatus,
  isMigrating,
  isUnderWay,
  isValidating,
  isValidationUnderWay,
  jobStatuses,
} from '../../../shared/domain/lifecycle.ts';

const undocumented = 'frobnicating';

describe('a watch', () => {
  it('for validation ends at a result, and wherever no result can come', () => {
    for (const status of ['validatePassed', 'validateFailed', 'inProgress', 'cancelled', 'deleted'])
      expect(endsWatch('validated', status), status).toBe(true);
    for (const status of jobStatuses.filter(isValidationUnderWay))
      expect(endsWatch('validated', status), status).toBe(false);
  });

  it.each(['migrated', 'cancelled'] as const)(
    'for %s continues while the job may still change, and ends when it cannot be cancelled',
    (goal) => {
      for (const status of jobStatuses.filter((one) => endsWatch(goal, one))) {
        expect(isUnderWay(status), status).toBe(false);
        expect(accepts(status, 'cancel'), status).toBe(false);
      }
      for (const status of ['completed', 'completedWithErrors', 'failed', 'cancelled', 'gone'])
        expect(endsWatch(goal, status), status).toBe(true);
      expect(endsWatch(goal, 'pendingCancel')).toBe(false);
    },
  );

  it('never ends at an undocumented status', () => {
    for (const goal of ['validated', 'migrated', 'cancelled'] as const)
      expect(endsWatch(goal, undocumented)).toBe(false);
    expect(isJobStatus(undocumented)).toBe(false);
  });
});

describe('a job', () => {
  it('that is migrating, or was not validated, accepts no migrate', () => {
    for (const status of jobStatuses.filter((one) => isUnderWay(one) || !isMigrating(one)))
      expect(accepts(status, 'migrate'), status).toBe(
        status === 'validatePassed' || status === 'failed',
      );
    expect(accepts('completedWithErrors', 'migrate')).toBe(true);
  });

  it('that is validating or migrating accepts no validate', () => {
    for (const status of jobStatuses.filter((one) => isValidationUnderWay(one) || isMigrating(one)))
      expect(accepts(status, 'validate'), status).toBe(false);
    expect(accepts('validateFailed', 'validate')).toBe(true);
  });

  it('can be cancelled until its cutover, once', () => {
    for (const status of jobStatuses) {
      if (isCancelling(status) || status === 'cuttingOver')
        expect(accepts(status, 'cancel'), status).toBe(false);
      if (isValidating(status)) expect(accepts(status, 'cancel'), status).toBe(true);
    }
    expect(accepts('inProgress', 'cancel')).toBe(true);
  });

  it('can be deleted only after its end', () => {
    for (const status of jobStatuses.filter((one) => accepts(one, 'delete')))
      expect(endsWatch('migrated', status), status).toBe(true);
    expect(accepts('completed', 'delete')).toBe(true);
  });

  it('with an undocumented status accepts nothing', () => {
    for (const action of ['validate', 'renew', 'migrate', 'cancel', 'delete'] as const)
      expect(accepts(undocumented, action)).toBe(false);
  });
});

describe('batchPhaseOf', () => {
  it('returns a phase, or undefined for a status that does not change it', () => {
    expect(batchPhaseOf('cuttingOver')).toBe('cuttingOver');
    expect(batchPhaseOf('inProgress')).toBe('syncing');
    expect(batchPhaseOf('adminActionRequired')).toBeUndefined();
    for (const status of jobStatuses) {
      const phase = batchPhaseOf(status);
      if (phase !== undefined) expect(batchPhaseSchema.options).toContain(phase);
    }
  });
});
