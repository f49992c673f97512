import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/**
 * Creates a folder that is deleted at the end of the test. Call it in a test or in `beforeEach`.
 */
export function temporaryDir(): string {
  const dir = newDir();
  onTestFinished(() => {
    rmSync(dir, { recursive: true, force: true });
  });
  return dir;
}

/** Creates a folder for a test file. `remove` deletes it. */
export function sharedDir(): { readonly path: string; readonly remove: () => void } {
  const path = newDir();
  return {
    path,
    remove: () => {
      rmSync(path, { recursive: true, force: true });
    },
  };
}

function newDir(): string {
  return mkdtempSync(join(tmpdir(), 'functions-host-test-'));
}
