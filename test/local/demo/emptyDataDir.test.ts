import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { DataDirNotEmptyError, emptyDataDir } from '../../../local/demo/demoOptions.ts';
import { DataInUseError } from '../../../local/functions-host/index.ts';
import { lockDataDir } from '../../../local/stack/startStack.ts';
import { temporaryDir } from '../temporaryDir.ts';

let dir: string;
beforeEach(() => {
  dir = temporaryDir();
  writeFileSync(join(dir, 'old-record'), 'x');
});

describe("the demo's data folder", () => {
  it('is emptied when it is the default folder', () => {
    emptyDataDir(dir, true);
    expect(existsSync(join(dir, 'old-record'))).toBe(false);
  });

  it('is not changed when it is another folder and not empty', () => {
    expect(() => {
      emptyDataDir(dir, false);
    }).toThrow(DataDirNotEmptyError);
    expect(existsSync(join(dir, 'old-record'))).toBe(true);
  });

  it('is not changed while a stack uses it', () => {
    lockDataDir(dir);
    expect(() => {
      emptyDataDir(dir, true);
    }).toThrow(DataInUseError);
    expect(existsSync(join(dir, 'old-record'))).toBe(true);
  });

  it('does not need to exist', () => {
    expect(() => {
      emptyDataDir(join(dir, 'absent'), false);
    }).not.toThrow();
  });
});
