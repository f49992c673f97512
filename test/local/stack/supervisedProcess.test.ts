import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  ProcessDiedError,
  type ProcessSpec,
  SupervisedProcess,
} from '../../../local/stack/supervisedProcess.ts';
import { temporaryDir } from '../temporaryDir.ts';

let dir: string;
beforeEach(() => {
  dir = temporaryDir();
});

function spec(code: string, changes: Partial<ProcessSpec> = {}): ProcessSpec {
  const module = join(dir, 'child.mjs');
  writeFileSync(module, code);
  return {
    name: 'child',
    module,
    args: [],
    workingDir: dir,
    environment: process.env,
    logFile: join(dir, 'child.log'),
    ready: /^ready (\d+)$/m,
    readyTimeoutSeconds: 20,
    stopTimeoutSeconds: 20,
    ...changes,
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a supervised process', () => {
  it('is returned when its ready line is in the log, and can clean up when it is stopped', async () => {
    const child = await SupervisedProcess.start(
      spec(`process.on('SIGTERM', () => { console.log('cleaned up'); process.exit(0); });
            setInterval(() => {}, 1000); console.log('ready 42');`),
    );
    expect(child.ready[1]).toBe('42');
    await child.stop();
    expect(isAlive(child.pid)).toBe(false);
    expect(readFileSync(join(dir, 'child.log'), 'utf8')).toContain('cleaned up');
  });

  it('is reported with name, exit code and last log lines when it ends before it is ready', async () => {
    const start = SupervisedProcess.start(
      spec(`console.error('the settings are wrong'); process.exit(3);`),
    );
    await expect(start).rejects.toThrow(ProcessDiedError);
    await expect(start).rejects.toThrow(
      /child ended with exit code 3 before it was ready.*\n.*the settings are wrong/s,
    );
  });

  it('is reported in the same way when it dies later, and not when it was stopped', async () => {
    const code = `setInterval(() => {}, 1000); console.log('ready 1');`;
    const killed = await SupervisedProcess.start(spec(code));
    process.kill(killed.pid, 'SIGKILL');
    await expect(killed.died).resolves.toMatchObject({
      message: expect.stringContaining('child was killed by SIGKILL') as string,
    });

    const stopped = await SupervisedProcess.start(spec(code));
    await stopped.stop();
    await expect(Promise.race([stopped.died, Promise.resolve('nothing')])).resolves.toBe('nothing');
  });

  it('is killed when it is not ready in time', async () => {
    const silent = spec(`console.log(process.pid); setInterval(() => {}, 1000);`, {
      readyTimeoutSeconds: 1,
    });
    await expect(SupervisedProcess.start(silent)).rejects.toThrow(
      'child was not ready in 1 seconds',
    );
    expect(isAlive(Number(readFileSync(silent.logFile, 'utf8').trim()))).toBe(false);
  });

  it('is killed when it ignores the request to stop', async () => {
    const stubborn = spec(
      `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('ready 1');`,
      { stopTimeoutSeconds: 0.2 },
    );
    const child = await SupervisedProcess.start(stubborn);
    await child.stop();
    expect(isAlive(child.pid)).toBe(false);
  });

  it('ignores the ready line of an earlier run', async () => {
    writeFileSync(join(dir, 'child.log'), 'ready 7\n');
    await expect(SupervisedProcess.start(spec(`process.exit(1);`))).rejects.toThrow(
      'before it was ready',
    );
  });

  it('stops starting when it is aborted', async () => {
    const reason = new Error('enough');
    const start = SupervisedProcess.start(
      spec(`setInterval(() => {}, 1000);`),
      AbortSignal.abort(reason),
    );
    await expect(start).rejects.toBe(reason);
  });

  it('ends when its parent is killed', async () => {
    const childModule = join(dir, 'grandchild.mjs');
    writeFileSync(childModule, `setInterval(() => {}, 1000); console.log('ready 1');`);
    const source = new URL('../../../local/stack/supervisedProcess.ts', import.meta.url).href;
    const parentModule = `import { SupervisedProcess } from ${JSON.stringify(source)};
      const child = await SupervisedProcess.start({ ...${JSON.stringify({ ...spec(''), environment: {}, ready: undefined, module: childModule, name: 'grandchild', logFile: join(dir, 'grandchild.log') })}, ready: /ready/ });
      console.log('ready ' + child.pid); setInterval(() => {}, 1000);`;
    const parent = await SupervisedProcess.start(spec(parentModule));
    const grandchildPid = Number(parent.ready[1]);
    expect(isAlive(grandchildPid)).toBe(true);
    await parent.kill();
    await expect.poll(() => isAlive(grandchildPid), { timeout: 10_000 }).toBe(false);
  });
});
