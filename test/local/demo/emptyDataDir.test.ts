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
  it('is emptied when it is its own', () => {
    emptyDataDir(dir, true);
    expect(existsSync(join(dir, 'old-record'))).toBe(false);
  });

  it("is left alone when it is somebody else's and holds something", () => {
    expect(() => {
      emptyDataDir(dir, false);
    }).toThrow(DataDirNotEmptyError);
    expect(existsSync(join(dir, 'old-record'))).toBe(true);
  });

  it('is left alone while a stack works on it', () => {
    lockDataDir(dir);
    expect(() => {
      emptyDataDir(dir, true);
    }).toThrow(DataInUseError);
    expect(existsSync(join(dir, 'old-record'))).toBe(true);
  });

  it('may be absent', () => {
    expect(() => {
      emptyDataDir(join(dir, 'absent'), false);
    }).not.toThrow();
  });
});
