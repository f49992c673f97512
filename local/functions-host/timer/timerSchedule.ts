import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cron } from 'croner';
import { z } from 'zod';
import { HostStartError } from '../errors.ts';
import { timeSpanMs } from '../settings/hostJson.ts';

/** The schedule of a timer function. */
export interface TimerSchedule {
  /**
   * Returns the first instant after `afterMs`, in epoch milliseconds; undefined when there is none.
   */
  next(afterMs: number): number | undefined;
  /**
   * Returns whether the schedule can have a monitor: it cannot when it runs more than once in every
   * minute. Of NCRONTAB expressions, these are the ones of which only the seconds are restricted.
   */
  isCoarse(fromMs: number): boolean;
}

const numeric = /^(?:\*|\d+(?:-\d+)?)(?:\/\d+)?(?:,(?:\*|\d+(?:-\d+)?)(?:\/\d+)?)*$/;
const named =
  /^(?:\*|[a-z\d]+(?:-[a-z\d]+)?)(?:\/\d+)?(?:,(?:\*|[a-z\d]+(?:-[a-z\d]+)?)(?:\/\d+)?)*$/i;
const minuteMs = 60_000;

/**
 * Parses an NCRONTAB expression of 6 fields (with 5, the second is 0) or a time span `hh:mm:ss`
 * between runs.
 * @param owner the function, for the error message
 * @throws HostStartError when the text is neither
 */
export function parseTimerSchedule(text: string, timeZone: string, owner: string): TimerSchedule {
  const span = timeSpanMs(text);
  if (span !== undefined) {
    if (span < 1)
      throw new HostStartError(`${owner}: the schedule '${text}' must be longer than zero`);
    return { next: (afterMs) => afterMs + span, isCoarse: () => span >= minuteMs };
  }
  const fields = text.trim().split(/\s+/);
  const full = fields.length === 5 ? ['0', ...fields] : fields;
  const isValid =
    full.length === 6 && full.every((field, index) => (index < 4 ? numeric : named).test(field));
  if (!isValid) throw badSchedule(text, owner);
  checkTimeZone(timeZone, owner);
  let cron: Cron;
  try {
    // In NCRONTAB a day must match both the day of month and the day of week, and `5/10` starts at
    // 5.
    cron = new Cron(full.join(' '), {
      paused: true,
      mode: '6-part',
      timezone: timeZone,
      domAndDow: true,
      sloppyRanges: true,
    });
  } catch (error) {
    throw badSchedule(text, owner, error);
  }
  const next = (afterMs: number): number | undefined => cron.nextRun(new Date(afterMs))?.getTime();
  return {
    next,
    isCoarse: (fromMs) => {
      if (full.slice(1).some((field) => field !== '*')) return true;
      const first = next(fromMs);
      const second = first === undefined ? undefined : next(first);
      return first === undefined || second === undefined || second - first >= minuteMs;
    },
  };
}

function checkTimeZone(timeZone: string, owner: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch (error) {
    throw new HostStartError(
      `${owner}: '${timeZone}' is not a time zone: set WEBSITE_TIME_ZONE to one such as Europe/Berlin, or leave it out for UTC`,
      { cause: error },
    );
  }
}

function badSchedule(text: string, owner: string, cause?: unknown): HostStartError {
  const why = cause instanceof Error ? ` (${cause.message})` : '';
  return new HostStartError(
    `${owner}: the schedule '${text}' is neither NCRONTAB such as '0 */5 * * * *' nor a time span such as '00:05:00'${why}`,
    { cause },
  );
}

const statusSchema = z.object({ Last: z.string(), LastUpdated: z.string(), Next: z.string() });
/** The last and the next run of a timer, as ISO instants (timer trigger binding). */
export type TimerStatus = z.infer<typeof statusSchema>;

/** The last run of a timer that has never run. */
export const never = '0001-01-01T00:00:00+00:00';

/** The file with the schedule status of a timer function. */
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
    // Renamed, so that a crash leaves either the old file or the new one.
    writeFileSync(`${this.#file}.new`, JSON.stringify(status));
    renameSync(`${this.#file}.new`, this.#file);
  }
}
