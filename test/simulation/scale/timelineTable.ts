import Table from 'cli-table3';
import { hoursPerRow, timelineOf } from './timeline.ts';
import type { ProgrammeResult } from './programmeResult.ts';
import { wholeText } from './wholeText.ts';

const dateFormat = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  weekday: 'short',
  day: '2-digit',
  month: 'short',
});

/** One row a day, or half a day: what was in flight, what was done, what was called and stored. */
export function timelineTable(result: ProgrammeResult): string {
  const rowHours = hoursPerRow(result);
  const table = newTable([
    rowHours === 24 ? 'day' : 'half day',
    'jobs in\nflight',
    'users\ndone',
    'Graph calls\nan hour',
    'busiest\nhour',
    '429',
    'table\nreads',
    'table\nwrites',
    'blobs',
    'queue',
  ]);
  let done = 0;
  for (const row of timelineOf(result, rowHours)) {
    done += row.usersDone;
    const half = rowHours === 24 ? '' : new Date(row.atMs).getUTCHours() < 12 ? ' a.m.' : ' p.m.';
    table.push([
      `${dateFormat.format(row.atMs)}${half}`,
      ...[
        row.jobsInFlight,
        done,
        row.callsAnHour,
        row.callsBusiestHour,
        row.refused,
        row.tableReads,
        row.tableWrites,
        row.blobs,
        row.messages,
      ].map((count) => wholeText(count)),
    ]);
  }
  return table.toString();
}

/** A table without colours: the first column reads from the left, the others are numbers. */
export function newTable(head: readonly string[]): InstanceType<typeof Table> {
  return new Table({
    head: [...head],
    colAligns: head.map((_, place) => (place === 0 ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  });
}
