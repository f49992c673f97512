import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A file that is there while Azurite runs, and stays where it has ended without saving everything. */
export const unsavedFile = 'unsaved';

/** A file that keeps room on the disk for Azurite's last save. */
export const reserveFile = 'reserve';

/** What is to be told before Azurite starts on a folder on which it has ended without saving everything that it had answered; undefined when nothing is lost. */
export function lossOf(dataDir: string): string | undefined {
  if (!existsSync(join(dataDir, unsavedFile))) return undefined;
  const savedMs = Math.max(
    0,
    ...readdirSync(dataDir)
      .filter((name) => /__azurite_db_\w+\.json$/.test(name))
      .map((name) => statSync(join(dataDir, name)).mtimeMs),
  );
  const since =
    savedMs === 0 ? 'anything' : `what it had answered since ${new Date(savedMs).toISOString()}`;
  return `Storage may have lost ${since}: it was killed, or its disk was full, before it had saved that. Send again what was accepted in that time: a request that is still there stays one migration. One of which rows are missing does not go on: begin with an empty folder then.`;
}
