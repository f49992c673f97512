import { describe, expect, it } from 'vitest';
import { columnChart, stretched } from './columnChart.ts';
import { hoursPerRow, sumOf, timelineOf } from './timeline.ts';

const hours = 40;
const counting = Array.from({ length: hours }, (_, place) => place + 1);
const none = counting.map(() => 0);
// From eight in the morning: the first row ends at midnight.
const programme = {
  startAt: '2026-11-23T08:00:00.000Z',
  jobsInFlight: counting.map((count) => (count === 20 ? 9 : 3)),
  hourly: {
    calls: counting,
    refused: none,
    usersDone: counting,
    tableReads: counting,
    tableQueries: counting,
    tableWrites: none,
    tableBatches: counting,
    blobReads: none,
    blobWrites: none,
    queueMessages: none,
  },
};

describe('the timeline', () => {
  it('cuts the hours at midnight and leaves none out', () => {
    const rows = timelineOf(programme, 24);
    expect(
      rows.map(({ atMs, hours: length }) => [new Date(atMs).toISOString().slice(0, 13), length]),
    ).toEqual([
      ['2026-11-23T08', 16],
      ['2026-11-24T00', 24],
    ]);
    expect(sumOf(rows.map(({ usersDone }) => usersDone))).toBe(sumOf(counting));
    expect(rows[0]).toMatchObject({
      jobsInFlight: 3,
      callsAnHour: 8.5,
      callsBusiestHour: 16,
      tableReads: 2 * sumOf(counting.slice(0, 16)),
      tableWrites: sumOf(counting.slice(0, 16)),
    });
    expect(rows[1]).toMatchObject({ jobsInFlight: 9, callsBusiestHour: 40 });
  });

  it('has half days for a short programme', () => {
    expect(hoursPerRow(programme)).toBe(12);
    expect(hoursPerRow({ jobsInFlight: Array.from({ length: 8 * 24 }, () => 1) })).toBe(24);
    expect(timelineOf(programme, 12).map(({ hours: length }) => length)).toEqual([4, 12, 12, 12]);
  });
});

describe('the chart', () => {
  it('draws each stretch as high as its highest value', () => {
    const chart = columnChart('Jobs', [0, 0, 1, 6, 12, 12], ['23 Nov', '25 Nov']);
    const lines = chart.split('\n');
    expect(lines[0]).toBe('  Jobs');
    expect(lines[1]).toBe('  12 ┤    ██');
    expect(lines[4]).toBe('     ┤   ███');
    expect(lines[6]).toBe('   0 ┤  ▄███');
  });

  it('has room for a long row', () => {
    const values = Array.from({ length: 500 }, (_, place) => place);
    expect(stretched(values).length).toBeLessThanOrEqual(72);
    expect(Math.max(...stretched(values))).toBe(499);
  });
});
