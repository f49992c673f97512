import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cron } from 'croner';
import { z } from 'zod';
import { HostStartError } from '../errors.ts';
import { timeSpanMs } from '../settings/hostJson.ts';

/** When a timer function runs. */
export interface TimerSchedule {
  /** The first instant after `afterMs`, in epoch milliseconds; undefined when there is none any more. */
  next(afterMs: number): number | undefined;
  /** Whether every run is at least a minute after the one before: only then is the schedule worth keeping on disk. */
  isCoarse(fromMs: number): boolean;
}

const numeric = /^(?:\*|\d+(?:-\d+)?)(?:\/\d+)?(?:,(?:\*|\d+(?:-\d+)?)(?:\/\d+)?)*$/;
const named =
  /^(?:\*|[a-z\d]+(?:-[a-z\d]+)?)(?:\/\d+)?(?:,(?:\*|[a-z\d]+(?:-[a-z\d]+)?)(?:\/\d+)?)*$/i;
const minuteMs = 60_000;

/**
 * Reads an NCRONTAB expression of 6 fields (5: at second 0) or a time span `hh:mm:ss` between runs.
 * @throws HostStartError that names `user` when it is neither
 */
export function parseTimerSchedule(text: string, timeZone: string, user: string): TimerSchedule {
  const span = timeSpanMs(text);
  if (span !== undefined) {
    if (span < 1)
      throw new HostStartError(`${user}: the schedule '${text}' must be longer than nothing`);
    return { next: (afterMs) => afterMs + span, isCoarse: () => span >= minuteMs };
  }
  const fields = text.trim().split(/\s+/);
  const full = fields.length === 5 ? ['0', ...fields] : fields;
  const isValid =
    full.length === 6 && full.every((field, index) => (index < 4 ? numeric : named).test(field));
  if (!isValid) throw badSchedule(text, user);
  checkTimeZone(timeZone, user);
  let cron: Cron;
  try {
    // NCRONTAB: a day must meet both the day of month and the day of week, and `5/10` counts on from 5.
    cron = new Cron(full.join(' '), {
      paused: true,
      mode: '6-part',
      timezone: timeZone,
      domAndDow: true,
      sloppyRanges: true,
    });
  } catch (error) {
    throw badSchedule(text, user, error);
  }
  const next = (afterMs: number): number | undefined => cron.nextRun(new Date(afterMs))?.getTime();
  return {
    next,
    isCoarse: (fromMs) => {
      const first = next(fromMs);
      const second = first === undefined ? undefined : next(first);
      return first === undefined || second === undefined || second - first >= minuteMs;
    },
  };
}

function checkTimeZone(timeZone: string, user: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch (error) {
    throw new HostStartError(
      `${user}: '${timeZone}' is not a time zone: set WEBSITE_TIME_ZONE to one such as Europe/Berlin, or leave it out for UTC`,
      { cause: error },
    );
  }
}

function badSchedule(text: string, user: string, cause?: unknown): HostStartError {
  const why = cause instanceof Error ? ` (${cause.message})` : '';
  return new HostStartError(
    `${user}: the schedule '${text}' is neither NCRONTAB such as '0 */5 * * * *' nor a time span such as '00:05:00'${why}`,
    { cause },
  );
}

const statusSchema = z.object({ Last: z.string(), LastUpdated: z.string(), Next: z.string() });
/** When a timer last ran and is to run next, ISO instants (timer trigger binding). */
export type TimerStatus = z.infer<typeof statusSchema>;

/** What stands for the last run of a timer that has never run. */
export const never = '0001-01-01T00:00:00+00:00';

/** The schedule status of a timer function, kept in a file. */
export class TimerStatusFile {
  readonly #dir: string;
  readonly #file: string;

  constructor(dir: string, functionName: string) {
    this.#dir = dir;
    this.#file = join(dir, `${functionName}.json`);
  }

  read(): TimerStatus | undefined {
    let text: string;
    try {
      text = readFileSync(this.#file, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
    return statusSchema.parse(JSON.parse(text));
  }

  write(status: TimerStatus): void {
    mkdirSync(this.#dir, { recursive: true });
    // Renamed into place: a crash leaves the old status or the new one, never half of one.
    writeFileSync(`${this.#file}.new`, JSON.stringify(status));
    renameSync(`${this.#file}.new`, this.#file);
  }
}
