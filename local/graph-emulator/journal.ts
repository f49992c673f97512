import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';

/** A file of events, one per line, oldest first. Without a folder it stores nothing. */
export class Journal<Event> {
  readonly #file: string | undefined;
  readonly #schema: z.ZodType<Event>;

  constructor(dataDir: string | undefined, name: string, schema: z.ZodType<Event>) {
    this.#schema = schema;
    if (dataDir === undefined) return;
    mkdirSync(dataDir, { recursive: true });
    this.#file = join(dataDir, name);
  }

  /** Reads the events of earlier runs. Throws a ZodError when a line is not an event. */
  read(): Event[] {
    if (this.#file === undefined || !existsSync(this.#file)) return [];
    const text = readFileSync(this.#file, 'utf8');
    // A crash can cut the last line off. No response was sent for it, so the event did not happen.
    const complete = text.slice(0, text.lastIndexOf('\n') + 1);
    if (complete !== text) writeFileSync(this.#file, complete);
    return complete
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => this.#schema.parse(JSON.parse(line)));
  }

  append(event: Event): void {
    if (this.#file !== undefined) appendFileSync(this.#file, `${JSON.stringify(event)}\n`);
  }
}
