import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';

/** A file of events, one a line, in the order in which they happened. Without a folder it keeps nothing. */
export class Journal<Event> {
  readonly #file: string | undefined;
  readonly #schema: z.ZodType<Event>;

  constructor(dataDir: string | undefined, name: string, schema: z.ZodType<Event>) {
    this.#schema = schema;
    if (dataDir === undefined) return;
    mkdirSync(dataDir, { recursive: true });
    this.#file = join(dataDir, name);
  }

  /** The events of earlier runs. Throws a ZodError when the file holds something else. */
  read(): Event[] {
    if (this.#file === undefined || !existsSync(this.#file)) return [];
    const text = readFileSync(this.#file, 'utf8');
    // A line that was cut off by a crash was never answered for: it did not happen.
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole !== text) writeFileSync(this.#file, whole);
    return whole
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => this.#schema.parse(JSON.parse(line)));
  }

  append(event: Event): void {
    if (this.#file !== undefined) appendFileSync(this.#file, `${JSON.stringify(event)}\n`);
  }
}
