import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { takeLock } from '../lock/lockFile.ts';

/**
 * Makes the folder and takes it for this process; returns what gives it back. A lock of a dead process is taken over.
 * @throws DataInUseError when another stack works there: two would destroy each other's records
 */
export function lockDataDir(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true });
  return takeLock(join(dataDir, 'stack.pid'));
}
