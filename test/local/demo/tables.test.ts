import { stripVTControlCharacters, styleText } from 'node:util';
import { describe, expect, it } from 'vitest';
import { countsTable, errorsTable } from '../../../local/demo/tables.ts';
import { sampleMigration, sampleTask } from './sample.ts';

/** Returns the text of a table without borders and repeated spaces. */
const words = (table: string): string =>
  stripVTControlCharacters(table).replaceAll(/[│─┌┐└┘├┤┬┴┼\s]+/g, ' ');
const width = (table: string): number =>
  Math.max(
    ...stripVTControlCharacters(table)
      .split('\n')
      .map((line) => line.length),
  );

const counts = {
  succeeded: 240,
  failed: 7,
  cancelled: 0,
  invalid: 3,
  validated: 0,
  unknown: 0,
  pending: 0,
};
const failed = sampleTask({
  outcome: 'failed',
  services: [
    {
      service: 'Exchange',
      status: 'failed',
      message: '',
      errors: [{ code: 'EXCH-15', message: 'Retries exhausted.' }],
    },
    {
      service: 'Meeting',
      status: 'failed',
      message: '',
      errors: [{ code: 'MMS-011', message: 'No mailbox.' }],
    },
  ],
});

describe('the table of counts', () => {
  it('counts users by outcome and shows the duration', () => {
    const table = countsTable([
      sampleMigration({ taskCount: 250, counts, finishedAt: '2026-11-20T14:30:00.000Z' }),
    ]);
    expect(words(table)).toContain(' migration tasks succeeded failed invalid validated duration ');
    expect(words(table)).toContain(' wave07 250 240 7 3 – 6 h 30 min ');
  });

  it('has a column for cancelled users when there are some', () => {
    expect(
      words(countsTable([sampleMigration({ counts: { ...counts, cancelled: 5 } })])),
    ).toContain(' cancelled ');
  });
});

describe('the table of errors', () => {
  it('shows every error of a user who failed, with code, message and the step to take', () => {
    const text = words(errorsTable([sampleMigration()], [failed]));
    for (const part of [
      'lee.berg@contoso.com',
      'wave07 b001',
      'EXCH-15',
      'Retries exhausted.',
      'Retry, which uses a new',
      'MMS-011',
      'No mailbox.',
      'Fix the Exchange error',
    ]) {
      expect(text).toContain(part);
    }
  });

  it('omits users who succeeded, were found valid, or were cancelled on request', () => {
    const well = [
      sampleTask(),
      sampleTask({ outcome: 'validated', sourceUserPrincipalName: 'ana.novak@contoso.com' }),
      sampleTask({ outcome: 'cancelled', sourceUserPrincipalName: 'tomas.castro@contoso.com' }),
    ];
    const text = words(
      errorsTable(
        [sampleMigration()],
        [
          ...well,
          sampleTask({ outcome: 'invalid', sourceUserPrincipalName: 'ida.silva@contoso.com' }),
        ],
      ),
    );
    expect(text).not.toContain('lee.berg');
    expect(text).not.toContain('ana.novak');
    expect(text).not.toContain('tomas.castro');
    expect(text).toContain('ida.silva@contoso.com');
  });

  it('fits into 100 columns and shows long ids and codes whole', () => {
    const code = 'MnAIdentityMapEntryDoesNotExistsForSourceUPN';
    const long = sampleTask({
      outcome: 'failed',
      sourceUserPrincipalName: null,
      services: [
        { service: 'ODSP', status: 'failed', message: '', errors: [{ code, message: 'x' }] },
      ],
    });
    const table = errorsTable([sampleMigration()], [long]);
    expect(width(table)).toBeLessThanOrEqual(100);
    const columns = stripVTControlCharacters(table)
      .split('\n')
      .map((line) => line.split('│').map((cell) => cell.trim()));
    expect(columns.map((cells) => cells[1] ?? '').join('')).toContain(long.taskId);
    expect(columns.map((cells) => cells[2] ?? '').join('')).toContain(code);
  });
});

it('has colours only where the terminal has them', () => {
  const table = countsTable([sampleMigration({ counts })]);
  const hasColours = styleText('bold', '-') !== '-';
  expect(table !== stripVTControlCharacters(table)).toBe(hasColours);
});
