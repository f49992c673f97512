import { describe, expect, it } from 'vitest';
import type { Outcome, ServiceStatus } from '../../../shared/contracts/task.ts';
import { needsNewJob, retryOf } from '../../../shared/domain/outcomes.ts';

const service = (name: string, status: string, ...codes: string[]): ServiceStatus => ({
  service: name,
  status,
  message: '',
  errors: codes.map((code) => ({ code, message: '' })),
});
const task = (outcome: Outcome | null, ...services: ServiceStatus[]) => ({ outcome, services });

describe('retryOf', () => {
  it.each([
    [['MIGR-003'], 'sameJob'],
    [['EXCH-15'], 'newJob'],
    [['CTTM-005'], 'afterFix'],
    [['MMS-004'], 'never'],
    [['MIGR-003', 'CTM-102'], 'newJob'],
    [['EXCH-15', 'MIGR-003', 'MIGR-002'], 'afterFix'],
    [['MIGR-001', 'MnABYOKEnabledOnSourceTenant'], 'never'],
    [['exch-15'], 'newJob'],
    [[''], 'sameJob'],
    [[], 'sameJob'],
  ])('a workload that failed with %j: %s', (codes, kind) => {
    expect(retryOf(task('failed', service('Exchange', 'failed', ...codes)))).toBe(kind);
  });

  it('is the strictest over all failed workloads, whatever their order', () => {
    const services = [
      service('Exchange', 'failed', 'EXCH-15'),
      service('Meeting', 'failed', 'MMS-011'),
      service('Teams', 'failed', 'CTTM-005'),
    ];
    expect(retryOf(task('failed', ...services))).toBe('afterFix');
    expect(retryOf(task('failed', ...services.toReversed()))).toBe('afterFix');
  });

  it('leaves out what is said of a workload that did well', () => {
    expect(
      retryOf(
        task(
          'failed',
          service('Teams', 'completed', 'MMS-004'),
          service('Exchange', 'failed', 'MIGR-003'),
        ),
      ),
    ).toBe('sameJob');
  });

  it('needs a new job for a user who has left the job', () => {
    expect(retryOf(task('invalid', service('Exchange', 'invalid', 'MIGR-003')))).toBe('newJob');
    expect(retryOf(task('invalid', service('Exchange', 'invalid', 'MIGR-002')))).toBe('afterFix');
    expect(retryOf(task('cancelled', service('Exchange', 'cancelled')))).toBe('newJob');
  });

  it('tries nothing again that is under way or has ended well', () => {
    expect(retryOf(task(null, service('Exchange', 'failed', 'MIGR-003')))).toBe('never');
    expect(retryOf(task('succeeded', service('Teams', 'completed', 'CTTM-017')))).toBe('never');
    expect(retryOf(task('validated', service('Teams', 'valid')))).toBe('never');
  });
});

describe('needsNewJob', () => {
  it('tells after a fix as well whether the same job will do', () => {
    expect(
      needsNewJob(
        task(
          'failed',
          service('Exchange', 'failed', 'EXCH-15'),
          service('Teams', 'failed', 'CTTM-005'),
        ),
      ),
    ).toBe(true);
    expect(needsNewJob(task('failed', service('Teams', 'failed', 'CTTM-005')))).toBe(false);
    expect(needsNewJob(task('invalid', service('Teams', 'invalid', 'CTTM-005')))).toBe(true);
    expect(needsNewJob(task('cancelled'))).toBe(true);
  });

  it('also works for tasks that a retry has reopened', () => {
    expect(needsNewJob(task(null, service('Exchange', 'failed', 'ctm-103')))).toBe(true);
    expect(needsNewJob(task(null, service('Exchange', 'invalid', 'MIGR-002')))).toBe(true);
    expect(needsNewJob(task(null, service('Exchange', 'failed', 'MIGR-003')))).toBe(false);
  });
});
