import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Another stack works on the data folder: two on one would destroy each other's records. */
export class DataDirInUseError extends Error {
  override readonly name = 'DataDirInUseError';

  constructor(dataDir: string, pid: number, lockFile: string) {
    super(
      `the data folder ${dataDir} is in use by process ${String(pid)}: stop it, choose another folder with --data, ` +
        `or delete ${lockFile} when that process is none of the stack's`,
    );
  }
}

/** Makes the folder and takes it for this process; returns what gives it back. A lock of a dead process is taken over. */
export function lockDataDir(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true });
  const lockFile = join(dataDir, 'stack.pid');
  try {
    writeFileSync(lockFile, `${String(process.pid)}\n`, { flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    const owner = Number(readFileSync(lockFile, 'utf8').trim());
    if (isAlive(owner)) throw new DataDirInUseError(dataDir, owner, lockFile);
    writeFileSync(lockFile, `${String(process.pid)}\n`);
  }
  return () => {
    rmSync(lockFile, { force: true });
  };
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
