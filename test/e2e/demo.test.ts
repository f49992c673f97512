import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processesOnFolder, runCommand, waitForLine } from './command.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tenant-ferry-demo-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

describe('npm run demo', () => {
  it('moves the examples, tells who needs a person, and ends with the counts as JSON', { timeout: 150_000 }, async () => {
    const demo = runCommand('local/demo.ts', ['--json', '--data', dir]);
    const status = await demo.exited;
    expect(demo.stderr().slice(-2_000)).toContain('the clock stood at');
    expect(status).toBe(0);
    const lines = demo.stdout().trimEnd().split('\n');
    expect(JSON.parse(lines.at(-1) ?? '')).toEqual({
      migrations: [
        {
          id: expect.stringMatching(/^wave07-/) as string,
          name: 'wave07',
          kind: 'users',
          phase: 'completedWithErrors',
          tasks: { succeeded: 240, failed: 7, invalid: 3, validated: 0, cancelled: 0, pending: 0 },
        },
        {
          id: expect.stringMatching(/^wave08-validate-only-/) as string,
          name: 'wave08-validate-only',
          kind: 'users',
          phase: 'completedWithErrors',
          tasks: { succeeded: 0, failed: 0, invalid: 2, validated: 38, cancelled: 0, pending: 0 },
        },
      ],
    });
    expect(demo.stderr()).toMatch(/wave07 b003 {2}syncing/);
    expect(demo.stderr()).toContain(dir);
    expect(existsSync(join(dir, 'logs', 'host.log'))).toBe(true);
    expect(existsSync(join(dir, 'stack.pid'))).toBe(false);
  });

  it('fails with the end of the logs when it is not done in time', { timeout: 60_000 }, async () => {
    const demo = runCommand('local/demo.ts', ['--data', dir, '--timeout-seconds', '0.5']);
    expect(await demo.exited).toBe(1);
    expect(demo.stderr()).toMatch(/^The demo failed: the stack was not up in 0\.5 seconds\nthe end of .*host\.log/);
    expect(processesOnFolder(dir)).toEqual([]);
  });

  it('stops at once when it is asked to', { timeout: 60_000 }, async () => {
    const demo = runCommand('local/demo.ts', ['--data', dir]);
    await waitForLine(demo, /^Starting /);
    demo.process.kill('SIGINT');
    expect(await demo.exited).toBe(130);
    expect(existsSync(join(dir, 'stack.pid'))).toBe(false);
    expect(processesOnFolder(dir)).toEqual([]);
  });
});
