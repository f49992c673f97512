import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { brokenPromises } from './crashes/brokenPromises.ts';
import { followed } from './crashes/crashRun.ts';
import { readEmulator } from './crashes/emulatorRecord.ts';
import { PatientClient } from './crashes/patientClient.ts';
import { crashBatchSize, crashScenario, plannedMigrations } from './crashes/plannedMigrations.ts';
import { SeededRandom } from '../simulation/seededRandom.ts';
import { runCommand } from './command.ts';
import { startTestStack, type TestStack } from './testStack.ts';

const seed = z.coerce
  .number()
  .int()
  .parse(process.env['OUTAGE_SEED'] ?? Date.now() % 1_000_000);
const outages = 4;
// A second is 5 minutes: an outage lasts up to a quarter of an hour, and the start of storage some minutes more.
const speed = 300;

let running: TestStack;
beforeAll(async () => {
  running = await startTestStack({
    speed,
    settings: { BATCH_SIZE: String(crashBatchSize) },
    scenario: {
      ...crashScenario,
      timings: { ...crashScenario.timings, sync: { min: 600, max: 1_800 } },
    },
  });
}, 120_000);
afterAll(() => running.stop(), 60_000);

it(
  'a host whose storage goes away and comes back keeps every promise',
  { timeout: 600_000 },
  async () => {
    console.log(`OUTAGE_SEED=${String(seed)}`);
    const random = new SeededRandom(seed);
    const client = new PatientClient(running);
    await client.idsByName('none');
    const planned = plannedMigrations(random, 2).filter(({ name }) =>
      ['plain', 'validate-only', 'held', 'thinned', 'sites', 'cancelled'].includes(name),
    );
    const following = Promise.all(planned.map((migration) => followed(migration, client, running)));
    void following.catch(() => undefined);
    for (let outage = 0; outage < outages; outage += 1) {
      await sleep(random.between(500, 5_000));
      await running.stack.stopStorage();
      await sleep(random.between(200, 2_500));
      await running.stack.startStorage();
    }
    const told = await following;
    expect(brokenPromises(told, await readEmulator(running.stack.graphUrl))).toEqual([]);
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
  },
);
