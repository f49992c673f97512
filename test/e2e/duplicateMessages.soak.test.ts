import { QueueClient } from '@azure/storage-queue';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isFinalPhase } from '../../shared/domain/outcomes.ts';
import { cachedHost } from './crashes/crashRun.ts';
import { DyingHost } from './crashes/dyingHost.ts';
import { PatientClient } from './crashes/patientClient.ts';
import { jobNames } from './emulator.ts';
import { startTestStack, type TestStack } from './testStack.ts';
import { usersRequest } from './usersRequest.ts';
import { waitFor } from './waitFor.ts';

// Fewer than the five deliveries after which a queue gives a message up.
const kills = 3;
const copies = 6;

let running: TestStack;
beforeAll(async () => {
  running = await startTestStack({ speed: 600, scenario: { timings: { token: 30 * 86_400 } } });
}, 120_000);
afterAll(() => running.stop(), 60_000);

it(
  'a message that comes many times, and again after each kill that met it half-way, is one migration',
  { timeout: 300_000 },
  async () => {
    const { stack } = running;
    const client = new PatientClient(running);
    await client.idsByName('none');
    await stack.killHost();
    const spec = await cachedHost(running, {});
    // Without a cutover, which would have passed when the last message comes again.
    const request = usersRequest('many-times', 860, 3, {
      validateOnly: true,
      completeAfterDateTime: undefined,
    });
    for (let copy = 0; copy < copies; copy += 1) await client.enqueue(JSON.stringify(request));
    for (let kill = 0; kill < kills; kill += 1) {
      const host = new DyingHost(spec);
      await host.untilLogged("Executing 'Functions.migrationRequests'");
      await host.killAfter(kill * 5);
      // A host that is gone can neither renew nor delete: the messages come again when their time is up.
      await client.enqueue(JSON.stringify(request));
    }
    await stack.startHost();

    const queue = new QueueClient(stack.connectionString, 'migration-requests');
    await waitFor(
      'the empty queue',
      async () => ((await queue.getProperties()).approximateMessagesCount === 0 ? true : undefined),
      120,
      250,
    );
    const [id = '', ...others] = await client.idsByName('many-times');
    expect(others).toEqual([]);
    const ended = await waitFor(
      'the end of the migration',
      async () => {
        const migration = await client.api.migration(id);
        return isFinalPhase(migration.phase) ? migration : undefined;
      },
      120,
      250,
    );
    expect(ended).toMatchObject({ phase: 'completed', counts: { validated: 3 } });
    expect(await jobNames(stack.graphUrl)).toEqual([expect.stringMatching(/^many-times-b001-a1-/)]);
    const rejections = await running.fetch(`${stack.apiUrl}/rejections`);
    expect(await rejections.json()).toEqual({ value: [] });
  },
);
