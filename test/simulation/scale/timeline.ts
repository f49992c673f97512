import type { Hourly, ProgrammeResult } from './programmeResult.ts';

const hour = 3_600_000;
const shortDays = 7;

/** A day, or half a day, of a programme. */
export interface TimelineRow {
  readonly atMs: number;
  readonly hours: number;
  /** The most at the end of any hour. */
  readonly jobsInFlight: number;
  readonly usersDone: number;
  readonly callsAnHour: number;
  readonly callsBusiestHour: number;
  readonly refused: number;
  readonly tableReads: number;
  readonly tableWrites: number;
  readonly blobs: number;
  readonly messages: number;
}

/** Half days for a short programme, else days. */
export function hoursPerRow({ jobsInFlight }: Pick<ProgrammeResult, 'jobsInFlight'>): 12 | 24 {
  return jobsInFlight.length <= shortDays * 24 ? 12 : 24;
}

/** The rows of a programme, cut at midnight, or at noon as well, UTC: every hour is in one of them. */
export function timelineOf(
  { startAt, hourly, jobsInFlight }: Pick<ProgrammeResult, 'startAt' | 'hourly' | 'jobsInFlight'>,
  rowHours: number,
): readonly TimelineRow[] {
  const startMs = Date.parse(startAt);
  const rows: TimelineRow[] = [];
  for (let from = 0; from < jobsInFlight.length;) {
    const atMs = startMs + from * hour;
    const untilNext = rowHours - ((atMs / hour) % rowHours);
    const to = Math.min(from + untilNext, jobsInFlight.length);
    const sum = (...names: readonly Hourly[]): number =>
      names.reduce((all, name) => all + sumOf(hourly[name].slice(from, to)), 0);
    rows.push({
      atMs,
      hours: to - from,
      jobsInFlight: Math.max(...jobsInFlight.slice(from, to)),
      usersDone: sum('usersDone'),
      callsAnHour: sum('calls') / (to - from),
      callsBusiestHour: Math.max(...hourly.calls.slice(from, to)),
      refused: sum('refused'),
      tableReads: sum('tableReads', 'tableQueries'),
      tableWrites: sum('tableWrites', 'tableBatches'),
      blobs: sum('blobReads', 'blobWrites'),
      messages: sum('queueMessages'),
    });
    from = to;
  }
  return rows;
}

export function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
