import { describe, expect, it } from 'vitest';
import { listedTask } from '../../../functions/http/tasks.ts';
import { listedTaskSchema } from '../../../shared/contracts/responses.ts';
import { type ServiceStatus, taskSchema } from '../../../shared/contracts/task.ts';
import { aTask } from '../../shared/storage/sampleRows.ts';

const service = (
  name: string,
  status: string,
  message = '',
  ...codes: string[]
): ServiceStatus => ({
  service: name,
  status,
  message,
  errors: codes.map((code) => ({ code, message: `about ${code}` })),
});

describe('listedTask', () => {
  it('explains every error and says in one place why the task failed', () => {
    const listed = listedTask(
      aTask('m', 'b001', 1, {
        outcome: 'failed',
        services: [
          service('Exchange', 'failed', '', 'exch-15'),
          service('Meeting', 'failed', '', 'MMS-011'),
          service('Teams', 'completed', '', 'CTTM-017'),
        ],
      }),
    );
    expect(listedTaskSchema.parse(listed)).toEqual(listed);
    expect(listed.services[0]?.errors[0]).toMatchObject({
      code: 'EXCH-15',
      message: 'about exch-15',
      known: true,
      whoCanFix: 'microsoft',
      retry: 'newJob',
      scope: 'user',
    });
    expect(listed.services[2]?.errors[0]?.meaning).toContain('without some messages');
    expect(listed.failure).toMatchObject({
      codes: ['EXCH-15', 'MMS-011'],
      whoCanFix: ['microsoft', 'nobody'],
      retry: 'newJob',
      scope: 'user',
    });
    expect(listed.failure?.steps).toHaveLength(2);
  });

  it('keeps what validation said, explained', () => {
    const listed = listedTask(
      aTask('m', 'b001', 1, {
        outcome: 'invalid',
        services: [service('Teams', 'invalid', '', 'CTTM-012')],
        validation: [service('Teams', 'invalid', '', 'CTTM-012')],
      }),
    );
    expect(listed.validation).toEqual(listed.services);
    expect(listed.failure).toMatchObject({
      scope: 'tenant',
      retry: 'afterFix',
      whoCanFix: ['targetAdmin'],
    });
  });

  it('gives a workload that failed without an error one, with its message', () => {
    const listed = listedTask(
      aTask('m', 'b001', 1, {
        outcome: 'failed',
        services: [service('Teams', 'failed', '31 % of the messages failed')],
      }),
    );
    expect(listed.services[0]?.errors).toMatchObject([
      { code: 'NoCode', message: '31 % of the messages failed' },
    ]);
    expect(listed.failure?.codes).toEqual(['NoCode']);
  });

  it('explains a failed task of which nothing is known', () => {
    expect(listedTask(aTask('m', 'b001', 1, { outcome: 'failed' })).failure).toMatchObject({
      codes: ['NoCode'],
      retry: 'sameJob',
    });
  });

  it('marks a code that is not published', () => {
    expect(
      listedTask(
        aTask('m', 'b001', 1, {
          outcome: 'failed',
          services: [service('Exchange', 'failed', '', 'EXCH-77')],
        }),
      ).services[0]?.errors[0],
    ).toMatchObject({ code: 'EXCH-77', known: false });
  });

  it.each(['succeeded', 'validated', 'cancelled', null] as const)(
    '%s without a failed workload: no failure',
    (outcome) => {
      expect(
        listedTask(aTask('m', 'b001', 1, { outcome, services: [service('Teams', 'syncing')] }))
          .failure,
      ).toBeNull();
    },
  );

  it('shows a workload that fails while others go on', () => {
    expect(
      listedTask(
        aTask('m', 'b001', 1, {
          services: [service('Exchange', 'failed', '', 'CTM-103'), service('Teams', 'synced')],
        }),
      ).failure,
    ).toMatchObject({ codes: ['CTM-103'], retry: 'newJob' });
  });

  it('reads rows that were written when the step was still kept in them', () => {
    const stored = {
      ...aTask('m', 'b001', 1),
      services: [
        {
          service: 'Teams',
          status: 'failed',
          message: '',
          errors: [{ code: 'CTTM-005', message: 'm', remedy: 'old' }],
        },
      ],
    };
    expect(listedTask(taskSchema.parse(stored)).services[0]?.errors[0]).not.toHaveProperty(
      'remedy',
    );
  });
});
