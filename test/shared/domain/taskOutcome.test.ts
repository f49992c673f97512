import { describe, expect, it } from 'vitest';
import {
  migrationOutcome,
  serviceStatuses,
  withIncompleteResult,
  validateOnlyOutcome,
  validationOutcome,
} from '../../../shared/domain/outcomes.ts';

const services = (...statuses: string[]) =>
  statuses.map((status, index) => ({
    service: ['Teams', 'Exchange', 'ODSP', 'Meeting'][index] ?? 'Other',
    status,
    message: '',
    errors: [],
  }));

describe('serviceStatuses', () => {
  it('orders the workloads', () => {
    const recorded = serviceStatuses([
      {
        service: 'Teams',
        status: 'failed',
        message: 'no',
        errors: [{ code: 'CTTM-005', message: 'licence' }],
      },
      { service: 'Exchange', status: 'completed', message: '', errors: [] },
    ]);
    expect(recorded.map(({ service }) => service)).toEqual(['Exchange', 'Teams']);
    expect(recorded[1]?.errors[0]).toEqual({ code: 'CTTM-005', message: 'licence' });
  });
});

describe('validationOutcome', () => {
  it.each([
    [['valid', 'valid'], null],
    [['valid', 'invalid'], 'invalid'],
    [['completed', 'failed'], 'invalid'],
    [['error', 'valid'], 'invalid'],
    [['inProgress'], null],
  ])('%j → %s', (statuses, outcome) => {
    expect(validationOutcome(services(...statuses))).toBe(outcome);
  });
});

describe('validateOnlyOutcome', () => {
  it.each([
    [['valid', 'valid'], 'validated'],
    [['completed'], 'validated'],
    [['valid', 'invalid'], 'invalid'],
    [['cancelled', 'valid'], 'cancelled'],
    [['notStarted'], 'unknown'],
    [[], 'unknown'],
  ])('%j → %s', (statuses, outcome) => {
    expect(validateOnlyOutcome(services(...statuses), 'validatePassed')).toBe(outcome);
  });

  it('is what the job has ended as where the workloads do not say it', () => {
    expect(validateOnlyOutcome(services('notStarted'), 'failed')).toBe('failed');
    expect(validateOnlyOutcome(services('notStarted'), 'cancelled')).toBe('cancelled');
  });
});

describe('migrationOutcome', () => {
  it.each([
    [['completed', 'completed'], 'succeeded'],
    [['completed', 'failed'], 'failed'],
    [['cancelled', 'completed'], 'cancelled'],
    [['cancelled', 'failed'], 'failed'],
    [['completed', 'syncing'], 'unknown'],
    [['completed', 'forceComplete'], 'unknown'],
    [[], 'unknown'],
  ])('%j of a job that has completed → %s', (statuses, outcome) => {
    expect(migrationOutcome(services(...statuses), 'completed')).toBe(outcome);
  });

  it.each([
    ['failed', 'failed'],
    ['cancelled', 'cancelled'],
    ['completedWithErrors', 'unknown'],
    [null, 'unknown'],
  ])(
    'where the workloads have not ended it is what the job has ended as: %s → %s',
    (jobStatus, outcome) => {
      expect(migrationOutcome(services('completed', 'syncing'), jobStatus)).toBe(outcome);
    },
  );
});

describe('withIncompleteResult', () => {
  it('adds an entry with a code of our own', () => {
    const added = withIncompleteResult(
      'NotFinished',
      'unknown',
      serviceStatuses(services('completed', 'syncing')),
    );
    expect(added.at(-1)).toMatchObject({
      service: 'Job',
      status: 'outOfSight',
      errors: [{ code: 'NotFinished' }],
    });
    expect(added.at(-1)?.message).toContain('Teams completed');
    expect(added.at(-1)?.errors[0]?.message).toContain('Exchange syncing');
  });
});
