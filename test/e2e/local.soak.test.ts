import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ApiClient } from '../../local/demo/apiClient.ts';
import { freePort, isFree } from '../../local/stack/freePort.ts';
import { isFinalPhase } from '../../shared/domain/outcomes.ts';
import { type Command, processesOnFolder, runCommand, waitForLine } from './command.ts';
import { documentedFetch } from './documentedFetch.ts';
import { jobNames } from './emulator.ts';
import { exampleScenario } from './testStack.ts';
import { usersRequest } from './usersRequest.ts';
import { waitFor } from './waitFor.ts';

let dir: string;
let commands: Command[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tenant-ferry-local-'));
  commands = [];
});
afterEach(async () => {
  for (const command of commands) command.process.kill('SIGTERM');
  await Promise.all(commands.map(({ exited }) => exited));
  rmSync(dir, { recursive: true, force: true });
}, 60_000);

function runLocal(port: number, graphPort: number, ...more: string[]): Command {
  const command = runCommand('local/stack/main.ts', [
    '--port',
    String(port),
    '--graph-port',
    String(graphPort),
    '--data',
    dir,
    ...more,
  ]);
  commands.push(command);
  return command;
}

/** `kill -9` for the process on the test's folder whose command line has this text. */
function killProcess(text: string): void {
  const line = processesOnFolder(dir).find((args) => args.includes(text));
  process.kill(z.coerce.number().parse(line?.trim().split(' ')[0]), 'SIGKILL');
}

describe('npm run local', () => {
  it(
    'says when it is ready, stops with all its processes, and resumes from the same folder',
    { timeout: 150_000 },
    async () => {
      const [port, graphPort] = [await freePort(), await freePort()];
      const scenario = join(dir, 'quick-sync.json');
      writeFileSync(scenario, JSON.stringify({ timings: { sync: { min: 3_600, max: 7_200 } } }));
      const options = ['--speed', '3600', '--scenario', scenario];
      const first = runLocal(port, graphPort, ...options);
      await waitForLine(
        first,
        new RegExp(`^ready http://127\\.0\\.0\\.1:${String(port)}/api$`, 'm'),
      );
      const apiUrl = `http://127.0.0.1:${String(port)}/api`;
      const api = new ApiClient(apiUrl, documentedFetch(apiUrl));
      const completeAfterDateTime = new Date(Date.now() + 12 * 3_600_000).toISOString();
      const id = await api.postMigration(
        JSON.stringify(usersRequest('resumed', 920, 3, { completeAfterDateTime })),
      );
      await waitFor('the first batch', async () =>
        (await api.migration(id)).batches.length > 0 ? true : undefined,
      );

      first.process.kill('SIGTERM');
      expect(await first.exited).toBe(0);
      expect(first.stderr()).toBe('');
      expect(processesOnFolder(dir)).toEqual([]);
      expect([await isFree(port), await isFree(graphPort)]).toEqual([true, true]);

      const second = runLocal(port, graphPort, ...options);
      await waitForLine(second, /^ready /m);
      const ended = await waitFor('the end of the migration', async () => {
        const migration = await api.migration(id);
        return isFinalPhase(migration.phase) ? migration : undefined;
      });
      expect(ended).toMatchObject({ phase: 'completed', counts: { succeeded: 3 } });
      expect(await jobNames(`http://127.0.0.1:${String(graphPort)}`)).toHaveLength(1);
      second.process.kill('SIGINT');
      expect(await second.exited).toBe(0);
      expect(processesOnFolder(dir)).toEqual([]);
    },
  );

  it.each([
    ['--port', 0],
    ['--graph-port', 1],
  ])('says in one line that the port of %s is taken', async (option, taken) => {
    const ports = [await freePort(), await freePort()];
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(ports[taken], '127.0.0.1', resolve));
    try {
      const command = runLocal(ports[0] ?? 0, ports[1] ?? 0);
      expect(await command.exited).toBe(1);
      expect(command.stderr()).toMatch(
        new RegExp(`^port ${String(ports[taken])} is in use.*${option}\\n$`),
      );
      expect(command.stdout()).toMatch(/^starting .*\n$/);
    } finally {
      server.close();
    }
  });

  it(
    'refuses a folder that another stack works on, and reports a process that died',
    { timeout: 120_000 },
    async () => {
      const first = runLocal(await freePort(), await freePort(), '--scenario', exampleScenario);
      await waitForLine(first, /^ready /m);
      const second = runLocal(await freePort(), await freePort());
      expect(await second.exited).toBe(1);
      expect(second.stderr()).toContain(
        `process ${String(first.process.pid)} works on the same data (${dir}`,
      );

      killProcess('local/functions-host/cli.ts');
      expect(await first.exited).toBe(1);
      expect(first.stderr()).toMatch(/^host was killed by SIGKILL; the end of .*host\.log:\n\s+\S/);
      expect(processesOnFolder(dir)).toEqual([]);
    },
  );

  it(
    'reports storage that died, and leaves nothing behind when it is killed itself',
    { timeout: 120_000 },
    async () => {
      const first = runLocal(await freePort(), await freePort());
      await waitForLine(first, /^ready /m);
      killProcess('azurite.js');
      expect(await first.exited).toBe(1);
      expect(first.stderr()).toMatch(
        /^azurite ended with exit code 1; the end of .*azurite\.log:\n(.*\n)*.*Azurite ended by itself/,
      );

      const second = runLocal(await freePort(), await freePort());
      await waitForLine(second, /^ready /m);
      second.process.kill('SIGKILL');
      await expect.poll(() => processesOnFolder(dir), { timeout: 20_000 }).toEqual([]);
      const third = runLocal(await freePort(), await freePort());
      await waitForLine(third, /^ready /m);
    },
  );
});
