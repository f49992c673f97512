import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Creates a folder that is deleted at the end of the test. Call it in the test or its `beforeEach`. */
export function temporaryDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'tenant-ferry-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
