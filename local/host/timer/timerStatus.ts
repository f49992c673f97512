import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

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
