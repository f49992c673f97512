import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Another process works on the same data. */
export class DataInUseError extends Error {
  override readonly name = 'DataInUseError';
}

/** Who holds a lock: the process, and when it started, because process ids come again after a restart of the machine. */
interface Owner {
  readonly pid: number;
  readonly startedAt: string;
}

// Two hosts in one process would each find their own process id in the file.
const held = new Set<string>();

/**
 * Takes the lock file, which names the owner's process; that of a process that is gone is taken over.
 * @returns a function that gives the lock back
 * @throws DataInUseError when another process that lives, or this one, holds it
 */
export function takeLock(file: string): () => void {
  for (;;) {
    try {
      writeFileSync(file, `${String(process.pid)} ${startOf(process.pid)}\n`, { flag: 'wx' });
      held.add(file);
      return () => {
        held.delete(file);
        rmSync(file, { force: true });
      };
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    }
    const owner = ownerOf(file);
    if (owner !== undefined && (held.has(file) || isAnother(owner))) {
      throw new DataInUseError(
        `process ${String(owner.pid)} works on the same data (${file}); stop it or choose another data folder`,
      );
    }
    discard(file);
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

function isAnother({ pid, startedAt }: Owner): boolean {
  return pid !== process.pid && isAlive(pid) && (startedAt === '' || startedAt === startOf(pid));
}

/** Takes a stale lock file away; one that another process has put there meanwhile goes back. */
function discard(file: string): void {
  const aside = `${file}.${String(process.pid)}`;
  try {
    renameSync(file, aside);
    const owner = ownerOf(aside);
    if (owner !== undefined && isAnother(owner)) linkSync(aside, file);
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

/** When a process started, in the system's own unit; empty where the system does not tell. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    // Field 22; the second field is a name that may hold blanks and brackets.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch (error) {
    if (error instanceof Error && 'code' in error) return '';
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
