import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { crashBatchSize, crashScenario, crashSpeed } from './crashes/plannedMigrations.ts';
import { brokenPromises } from './crashes/brokenPromises.ts';
import { cachedHost, crashRun } from './crashes/crashRun.ts';
import { readEmulator } from './crashes/emulatorRecord.ts';
import { runCommand } from './command.ts';
import { SeededRandom } from '../simulation/seededRandom.ts';
import { startTestStack, type TestStack } from './testStack.ts';

const settings = { BATCH_SIZE: String(crashBatchSize) };
/** Both can be given, to repeat a run or to make it longer. */
const seed = z.coerce
  .number()
  .int()
  .parse(process.env['CRASH_SEED'] ?? Date.now() % 1_000_000);
const killsPerStack = z.coerce
  .number()
  .int()
  .min(1)
  .parse(process.env['CRASH_KILLS'] ?? '100');
const stackNames = ['one', 'two'] as const;

let stacks: TestStack[];
beforeAll(async () => {
  stacks = await Promise.all(
    stackNames.map(() => startTestStack({ speed: crashSpeed, settings, scenario: crashScenario })),
  );
}, 240_000);
afterAll(() => Promise.all(stacks.map((running) => running.stop())), 120_000);

// Two stacks, because a host that starts keeps one core busy.
it(
  `a host that is killed ${String(2 * killsPerStack)} times keeps every promise`,
  { timeout: 1_500_000 },
  async () => {
    console.log(`CRASH_SEED=${String(seed)} CRASH_KILLS=${String(killsPerStack)}`);
    const runs = await Promise.all(
      stacks.map(async (running, index) => {
        await running.api.findByName('none');
        await running.stack.killHost();
        const spec = await cachedHost(running, settings);
        return crashRun(running, spec, {
          random: new SeededRandom(seed, stackNames[index]),
          kills: killsPerStack,
        });
      }),
    );
    for (const [index, { told, kills, repeats }] of runs.entries()) {
      const running = stacks[index];
      if (running === undefined) throw new Error('each run has a stack');
      const graph = await readEmulator(running.stack.graphUrl);
      console.log(
        `${String(kills)} kills, ${String(repeats)} requests sent again, ${String(graph.log.length)} calls to Graph, ${String(graph.log.filter(({ status }) => status === 409).length)} of them 409, ${String(graph.jobs.length)} jobs`,
      );
      expect(brokenPromises(told, graph)).toEqual([]);
      expect(kills).toBe(killsPerStack);
      const audit = runCommand('tools/verify-audit/main.ts', ['--url', running.stack.apiUrl], {
        AzureWebJobsStorage: running.stack.connectionString,
      });
      expect([await audit.exited, audit.stdout()]).toEqual([
        0,
        expect.stringMatching(
          new RegExp(
            `every trail holds: ${String(told.length + 2)}\ncompared with \\d+ anchors of the container`,
          ),
        ),
      ]);
    }
  },
);
