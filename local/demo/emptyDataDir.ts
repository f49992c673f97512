import { existsSync, readdirSync, rmSync } from 'node:fs';
import { lockDataDir } from '../stack/lockDataDir.ts';

/** The folder that was given for the demo's records holds something. */
export class DataDirNotEmptyError extends Error {
  override readonly name = 'DataDirNotEmptyError';

  constructor(dataDir: string) {
    super(
      `the folder ${dataDir} is not empty: the demo starts from nothing; choose another one with --data, or empty it`,
    );
  }
}

/**
 * Makes sure that the demo starts from nothing. What an earlier demo left in the demo's own folder is deleted, unless its
 * stack still runs (DataInUseError); in anybody else's folder nothing is (DataDirNotEmptyError).
 */
export function emptyDataDir(dataDir: string, owned: boolean): void {
  if (!existsSync(dataDir) || readdirSync(dataDir).length === 0) return;
  if (!owned) throw new DataDirNotEmptyError(dataDir);
  lockDataDir(dataDir);
  rmSync(dataDir, { recursive: true });
}
