import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryDir } from '../temporaryDir.ts';

let dir: string;
beforeEach(() => {
  dir = temporaryDir();
});

/** Creates a program that writes the file `started`, and `stopped` when it is asked to stop. */
function program(): string {
  const module = join(dir, 'program.mjs');
  const source = new URL('../../../local/stack/stopSignals.ts', import.meta.url).href;
  writeFileSync(
    module,
    `import { writeFileSync } from 'node:fs';
     import { aborted, stopSignals } from ${JSON.stringify(source)};
     const alive = setInterval(() => {}, 1000);
     const signal = stopSignals();
     writeFileSync(${JSON.stringify(join(dir, 'started'))}, '');
     await aborted(signal);
     writeFileSync(${JSON.stringify(join(dir, 'stopped'))}, signal.reason.message);
     clearInterval(alive);`,
  );
  return module;
}

const started = (): boolean => existsSync(join(dir, 'started'));
const stopped = (): boolean => existsSync(join(dir, 'stopped'));

describe('the request to stop', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('is %s', async (name) => {
    const child = spawn(process.execPath, [program()]);
    await expect.poll(started, { timeout: 20_000 }).toBe(true);
    child.kill(name);
    await once(child, 'exit');
    expect(stopped()).toBe(true);
  });

  it('is also the end of the shell in which npm runs the command', async () => {
    // The second command keeps the shell from becoming the first one.
    const shell = spawn('sh', ['-c', `"${process.execPath}" "${program()}"; true`], {
      env: { ...process.env, npm_lifecycle_event: 'local' },
    });
    await expect.poll(started, { timeout: 20_000 }).toBe(true);
    shell.kill('SIGKILL');
    await expect.poll(stopped, { timeout: 20_000 }).toBe(true);
  });
});
