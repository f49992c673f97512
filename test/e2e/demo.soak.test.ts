import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { processesOnFolder, runCommand, waitForLine } from './command.ts';

const summarySchema = z.object({
  migrations: z.array(z.looseObject({ name: z.string(), tasks: z.record(z.string(), z.int()) })),
});

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tenant-ferry-demo-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

describe('npm run demo', () => {
  it(
    'moves the examples, tells who needs a person, and ends with the counts as JSON',
    { timeout: 150_000 },
    async () => {
      const demo = runCommand('local/demo/main.ts', ['--json', '--data', dir]);
      const status = await demo.exited;
      expect(demo.stderr().slice(-2_000)).toContain("The stack's clock advanced");
      expect(status).toBe(0);
      const lines = demo.stdout().trimEnd().split('\n');
      const summary = summarySchema.parse(JSON.parse(lines.at(-1) ?? ''));
      expect({ migrations: summary.migrations.slice(0, 2) }).toEqual({
        migrations: [
          {
            id: expect.stringMatching(/^wave07-/) as string,
            name: 'wave07',
            kind: 'users',
            phase: 'completedWithErrors',
            tasks: {
              succeeded: 240,
              failed: 7,
              invalid: 3,
              validated: 0,
              cancelled: 0,
              unknown: 0,
              pending: 0,
            },
          },
          {
            id: expect.stringMatching(/^wave08-validate-only-/) as string,
            name: 'wave08-validate-only',
            kind: 'users',
            phase: 'completedWithErrors',
            tasks: {
              succeeded: 0,
              failed: 0,
              invalid: 2,
              validated: 38,
              cancelled: 0,
              unknown: 0,
              pending: 0,
            },
          },
        ],
      });
      const outcomes = (name: string) =>
        Object.entries(
          summary.migrations.find((migration) => migration.name.startsWith(name))?.tasks ?? {},
        ).flatMap(([outcome, count]) => (count > 0 ? [`${String(count)} ${outcome}`] : []));
      expect(outcomes('wave09')).toEqual(['4 succeeded']);
      // Whether the commands come before the cutover is a matter of the machine's speed; the retry has mended what failed.
      expect([['5 succeeded'], ['4 succeeded', '1 cancelled']]).toContainEqual(outcomes('wave10'));
      for (const example of [
        'sharepoint-1',
        'sharepoint-2',
        'sharepoint-3',
        'sharepoint-4',
        'sharepoint-5',
        'sharepoint-6',
      ])
        expect(outcomes(example), example).toEqual(['1 succeeded']);
      expect(outcomes('sharepoint-7')).toEqual(['1 validated']);
      expect(demo.stderr()).toMatch(/wave10 .*retry/);
      expect(demo.stderr()).toMatch(/wave07 b003 {2}syncing/);
      expect(demo.stderr()).toContain(dir);
      expect(existsSync(join(dir, 'logs', 'host.log'))).toBe(true);
      expect(existsSync(join(dir, 'lock.pid'))).toBe(false);
    },
  );

  it(
    'fails with the end of the logs when it is not done in time',
    { timeout: 60_000 },
    async () => {
      const demo = runCommand('local/demo/main.ts', ['--data', dir, '--timeout-seconds', '0.5']);
      expect(await demo.exited).toBe(1);
      expect(demo.stderr()).toMatch(
        /^The demo failed: the stack was not ready after 0\.5 seconds\nthe end of .*host\.log/,
      );
      expect(processesOnFolder(dir)).toEqual([]);
    },
  );

  it('stops at once when it is asked to', { timeout: 60_000 }, async () => {
    const demo = runCommand('local/demo/main.ts', ['--data', dir]);
    await waitForLine(demo, /^Starting /);
    demo.process.kill('SIGINT');
    expect(await demo.exited).toBe(130);
    expect(existsSync(join(dir, 'lock.pid'))).toBe(false);
    expect(processesOnFolder(dir)).toEqual([]);
  });
});
