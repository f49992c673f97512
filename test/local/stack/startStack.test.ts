import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { DataInUseError } from '../../../local/functions-host/index.ts';
import { lockDataDir } from '../../../local/stack/startStack.ts';
import { temporaryDir } from '../temporaryDir.ts';

let dir: string;
beforeEach(() => {
  dir = temporaryDir();
});

describe('the lock of a data folder', () => {
  it('refuses a second stack until the first one releases it', () => {
    const release = lockDataDir(dir);
    expect(() => lockDataDir(dir)).toThrow(DataInUseError);
    release();
    expect(() => lockDataDir(dir)).not.toThrow();
  });

  it('of a process that no longer exists is replaced', () => {
    // No process id is above the kernel's limit of 4,194,304.
    writeFileSync(join(dir, 'stack.pid'), '4194305\n');
    expect(() => lockDataDir(dir)).not.toThrow();
  });
});
