import { describe, expect, it } from 'vitest';
import { parseTimerSchedule } from '../../timer/timerSchedule.ts';

function next(schedule: string, after: string, timeZone = 'UTC'): string | undefined {
  const nextMs = parseTimerSchedule(schedule, timeZone, 'function').next(Date.parse(after));
  return nextMs === undefined ? undefined : new Date(nextMs).toISOString();
}

describe('NCRONTAB', () => {
  it.each([
    ['0 */5 * * * *', '2026-11-20T08:01:00Z', '2026-11-20T08:05:00.000Z'],
    ['*/10 * * * * *', '2026-11-20T08:00:00Z', '2026-11-20T08:00:10.000Z'],
    ['*/5 * * * *', '2026-11-20T08:01:00Z', '2026-11-20T08:05:00.000Z'],
    ['0 5/10 * * * *', '2026-11-20T08:06:00Z', '2026-11-20T08:15:00.000Z'],
    ['0 0 9-17 * * MON-FRI', '2026-11-20T17:30:00Z', '2026-11-23T09:00:00.000Z'],
    ['0 30 9 * Jan *', '2026-11-20T08:00:00Z', '2027-01-01T09:30:00.000Z'],
    ['0 0 0 13 * 5', '2026-11-20T00:00:00Z', '2027-08-13T00:00:00.000Z'],
    ['0 0 0 1,15 * *', '2026-11-20T00:00:00Z', '2026-12-01T00:00:00.000Z'],
    ['01:30:00', '2026-11-20T08:00:00Z', '2026-11-20T09:30:00.000Z'],
  ])('%s after %s is %s', (schedule, after, expected) => {
    expect(next(schedule, after)).toBe(expected);
  });

  it('uses the time zone of the app', () => {
    expect(next('0 0 9 * * *', '2026-11-20T00:00:00Z', 'Europe/Berlin')).toBe(
      '2026-11-20T08:00:00.000Z',
    );
  });

  it.each([
    '',
    '* * * *',
    '* * * * * * *',
    '0 61 * * * *',
    '@daily',
    '0 0 0 L * *',
    '0 0 0 ? * *',
    'every minute',
  ])("'%s' is refused", (schedule) => {
    expect(() => parseTimerSchedule(schedule, 'UTC', "function 'f'")).toThrow(
      /function 'f': the schedule/,
    );
  });

  it('refuses a time zone that does not exist', () => {
    expect(() => parseTimerSchedule('0 0 9 * * *', 'Mars/Olympus', "function 'f'")).toThrow(
      /function 'f': 'Mars\/Olympus' is not a time zone/,
    );
  });

  it('can have a monitor unless it runs more than once in every minute', () => {
    const isCoarse = (schedule: string) =>
      parseTimerSchedule(schedule, 'UTC', 'f').isCoarse(Date.parse('2026-11-20T08:00:00Z'));
    expect(
      ['0 * * * * *', '00:01:00', '0 0 0 1 1 *', '* 30 * * * *', '*/5 * 9-17 * * *'].map(isCoarse),
    ).toEqual([true, true, true, true, true]);
    expect(['*/30 * * * * *', '00:00:59'].map(isCoarse)).toEqual([false, false]);
  });
});
