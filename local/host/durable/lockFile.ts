import { readFileSync, rmSync, writeFileSync } from 'node:fs';

/** Another process works on the same data. */
export class DataInUseError extends Error {
  override readonly name = 'DataInUseError';
}

// Two hosts in one process would each find their own process id in the file.
const held = new Set<string>();

/**
 * Takes the lock file, which holds the owner's process id; that of a process that is gone is taken over.
 * @returns a function that gives the lock back
 * @throws DataInUseError when another process that lives, or this one, holds it
 */
export function takeLock(file: string): () => void {
  for (;;) {
    try {
      writeFileSync(file, `${String(process.pid)}\n`, { flag: 'wx' });
      held.add(file);
      return () => {
        held.delete(file);
        rmSync(file, { force: true });
      };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const owner = Number(readFileSync(file, 'utf8'));
    if (held.has(file) || (owner !== process.pid && isAlive(owner))) {
      throw new DataInUseError(`process ${String(owner)} works on the same data (${file}); stop it or choose another data folder`);
    }
    rmSync(file, { force: true });
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
