import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { HostStartError } from './errors.ts';

/** Another process works on the same data. */
export class DataInUseError extends HostStartError {
  override readonly name = 'DataInUseError';
}

/**
 * The process that has a lock, and when it started. Process ids repeat after a restart of the
 * machine.
 */
interface Owner {
  readonly pid: number;
  readonly startedAt: string;
}

// Two hosts in one process would each find their own process id in the file.
const lockedFiles = new Set<string>();

/**
 * Creates the lock file of a folder, with the id of this process. Replaces the lock file of a
 * process that has ended.
 * @returns a function that releases the lock
 * @throws DataInUseError when a running process, this one included, has the lock
 */
export function acquireLock(file: string): () => void {
  for (;;) {
    try {
      writeFileSync(file, `${String(process.pid)} ${startOf(process.pid)}\n`, { flag: 'wx' });
      lockedFiles.add(file);
      return () => {
        lockedFiles.delete(file);
        rmSync(file, { force: true });
      };
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    }
    const owner = ownerOf(file);
    if (owner !== undefined && (lockedFiles.has(file) || isAnotherRunning(owner))) {
      throw new DataInUseError(
        `process ${String(owner.pid)} works on the same data (${file}); stop it or choose another data folder`,
      );
    }
    removeStale(file);
  }
}

function ownerOf(file: string): Owner | undefined {
  try {
    const [pid = '', startedAt = ''] = readFileSync(file, 'utf8').trim().split(' ');
    return { pid: Number(pid), startedAt };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function isAnotherRunning({ pid, startedAt }: Owner): boolean {
  return pid !== process.pid && isAlive(pid) && (startedAt === '' || startedAt === startOf(pid));
}

/** Removes a stale lock file. Restores it when another process has replaced it in the meantime. */
function removeStale(file: string): void {
  const aside = `${file}.${String(process.pid)}`;
  try {
    renameSync(file, aside);
    const owner = ownerOf(aside);
    if (owner !== undefined && isAnotherRunning(owner)) linkSync(aside, file);
  } catch (error) {
    if (!hasCode(error, 'ENOENT') && !hasCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

/** Returns the start time of a process in a unit of the system; empty where the system has none. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    // Field 22. The second field is a name, which may contain spaces and brackets.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch (error) {
    if (error instanceof Error && 'code' in error) return '';
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
