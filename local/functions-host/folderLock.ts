import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { HostStartError } from './errors.ts';

/** Another process works on the same data. */
export class DataInUseError extends HostStartError {
  override readonly name = 'DataInUseError';
}

// SQLITE_BUSY
const busy = 5;

/**
 * Locks a folder for this process. The lock is that of an empty SQLite database: the operating
 * system releases it when the process ends in any way, also by SIGKILL.
 * @returns a function that releases the lock; a second call has no effect
 * @throws DataInUseError when a running process, this one included, has the lock
 */
export function lockFolder(dir: string): () => void {
  const file = join(dir, 'lock.sqlite');
  // Only for the message of the process that is refused.
  const pidFile = join(dir, 'lock.pid');
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file);
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    if (isBusy(error))
      throw new DataInUseError(
        `process ${ownerIn(pidFile)} works on the same data (${file}); stop it or choose another data folder`,
      );
    throw new HostStartError(
      `${file} cannot be locked: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
  const locked = database;
  writeFileSync(pidFile, `${String(process.pid)}\n`);
  return () => {
    if (!locked.isOpen) return;
    rmSync(pidFile, { force: true });
    // The file stays: another process may have it open already.
    locked.close();
  };
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === busy;
}

/** Returns the id in a file; `?` when the owner has not written it yet. */
function ownerIn(pidFile: string): string {
  try {
    return readFileSync(pidFile, 'utf8').trim();
  } catch {
    return '?';
  }
}
