import { InvocationContext, type Timer } from '@azure/functions';
import type { OrchestrationContext } from 'durable-functions';
import { afterEach, expect, it, vi } from 'vitest';
import { df } from '../../../local/functions-host/test/durable/engineHarness.ts';
import { runInstanceId } from '../../../shared/contracts/ids.ts';
import { createMemoryStores } from '../../memoryStores/memoryStores.ts';
import { noJobs } from '../../orchestrations/noJobs.ts';
import { aBatch, aMigration, at, taken } from '../../shared/storage/sampleRows.ts';
import { openClient, type OpenClient } from '../openClient.ts';

const timer = vi.spyOn(df.app.client, 'timer');
// After the harness, which gives the library its core module.
const { registerSweep } = await import('../../../functions/timers/sweep.ts');

df.app.orchestration('migration', function* (context: OrchestrationContext) {
  yield context.df.waitForExternalEvent('go');
});

const stores = createMemoryStores();
const never = () => {
  throw new Error('a sweep takes nothing in');
};
registerSweep({
  stores,
  jobs: noJobs,
  maxQueuedMoves: 10,
  maxParallelBatches: 40,
  userTaskWrites: false,
  authentication: 'functionKey',
  allowedTenants: [],
  maxRequestBytes: 10_000,
  warn: () => undefined,
  nowMs: () => Date.parse(at(5)),
  intake: never,
});
const handler = timer.mock.lastCall?.[1].handler;

let open: OpenClient;
afterEach(() => open.close());

it('starts orchestrations again that were ended from outside, a migration and a round of it, to go on with what they had begun', async () => {
  open = await openClient();
  const { engine, client } = open;
  const runCommandId = '0000000000001-0123456789ab';
  const rootIds = ['m-one', runInstanceId('m-one', runCommandId)];
  await stores.migrations.accept(taken(aMigration('m-one', { phase: 'running' })));
  await stores.batches.insertMissing([
    aBatch('m-one', 'b001'),
    { ...aBatch('m-one', 'b002'), runCommandId },
  ]);
  for (const instanceId of rootIds) await engine.start('migration', undefined, instanceId);
  await engine.settle();
  const logged: string[] = [];
  const sweep = async (): Promise<void> => {
    const context = new InvocationContext({
      functionName: 'sweep',
      logHandler: (_level, ...args) => logged.push(args.join(' ')),
    });
    await handler?.({} as Timer, client, context);
    await engine.settle();
  };
  await sweep();
  expect(logged).toEqual([]);

  for (const instanceId of rootIds)
    await engine.call('POST', `instances/${instanceId}/terminate?reason=mistake`);
  await engine.settle();
  await sweep();
  const states = await Promise.all(rootIds.map((instanceId) => engine.status(instanceId)));
  expect(states.map(({ runtimeStatus, input }) => [runtimeStatus, input])).toEqual(
    [null, runCommandId].map((of) => [
      'Running',
      { migrationId: 'm-one', runCommandId: of, resumes: true },
    ]),
  );
  expect(logged).toEqual(['the sweep restarted 2 orchestrations that stopped before the end']);
});
