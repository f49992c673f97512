import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataDirNotEmptyError, emptyDataDir } from '../../../local/demo/emptyDataDir.ts';
import { DataInUseError } from '../../../local/lock/lockFile.ts';
import { lockDataDir } from '../../../local/stack/lockDataDir.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'demo-data-'));
  writeFileSync(join(dir, 'old-record'), 'x');
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
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
