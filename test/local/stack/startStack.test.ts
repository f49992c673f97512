import { spawn } from 'node:child_process';
import { once } from 'node:events';
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

  it('ends with its process, even a killed one', async () => {
    const module = new URL('../../../local/stack/startStack.ts', import.meta.url).href;
    const code = `import { lockDataDir } from ${JSON.stringify(module)};
      lockDataDir(${JSON.stringify(dir)}); console.log('locked'); setInterval(() => {}, 1000);`;
    const owner = spawn(process.execPath, ['--input-type=module', '--eval', code]);
    await once(owner.stdout, 'data');
    expect(() => lockDataDir(dir)).toThrow(`process ${String(owner.pid)} works on the same data`);
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    expect(() => lockDataDir(dir)).not.toThrow();
  });
});
