import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A file that exists while Azurite runs. It remains when Azurite ended without saving everything. */
export const unsavedFile = 'unsaved';

/** A file that reserves disk space for Azurite's last save. */
export const reserveFile = 'reserve';

/**
 * Returns a warning when Azurite ended without saving everything in a folder; undefined otherwise. Call it before Azurite
 * starts.
 */
export function unsavedWritesWarning(dataDir: string): string | undefined {
  if (!existsSync(join(dataDir, unsavedFile))) return undefined;
  const savedMs = Math.max(
    0,
    ...readdirSync(dataDir)
      .filter((name) => /__azurite_db_\w+\.json$/.test(name))
      .map((name) => statSync(join(dataDir, name)).mtimeMs),
  );
  const what = savedMs === 0 ? 'All writes' : `Writes after ${new Date(savedMs).toISOString()}`;
  return `Warning: Azurite ended before it saved all its data, because it was killed or its disk was full. ${what} may be missing. Send the requests of that time again: a request that is still stored does not create a second migration. A migration with missing rows does not continue. In that case, start with an empty folder.`;
}
