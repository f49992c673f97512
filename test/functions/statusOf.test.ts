import type { OrchestrationContext } from 'durable-functions';
import { afterEach, expect, it } from 'vitest';
import { statusOf } from '../../functions/services.ts';
import { df } from '../../local/functions-host/test/durable/engineHarness.ts';
import { openClient, type OpenClient } from './openClient.ts';

df.app.orchestration('waits', function* (context: OrchestrationContext) {
  yield context.df.waitForExternalEvent('go');
});
df.app.orchestration('fails', function* (context: OrchestrationContext) {
  yield context.df.createTimer(context.df.currentUtcDateTime);
  throw new Error('a bug');
});
df.app.orchestration('ends', function* (context: OrchestrationContext) {
  yield context.df.createTimer(context.df.currentUtcDateTime);
});

let open: OpenClient;
afterEach(() => open.close());

it('tells what runs from what has ended and what is not there, and throws where Durable does not say', async () => {
  open = await openClient();
  const { engine, client, closeServer } = open;
  for (const name of ['waits', 'fails', 'ends']) await engine.start(name, undefined, `i-${name}`);
  await engine.start('waits', undefined, 'i-terminated');
  await engine.start('waits', undefined, 'i-suspended');
  await engine.settle();
  await engine.call('POST', 'instances/i-terminated/terminate?reason=mistake');
  await engine.call('POST', 'instances/i-suspended/suspend?reason=wait');
  await engine.settle();
  const states = await Promise.all(
    ['waits', 'suspended', 'fails', 'ends', 'terminated', 'none'].map((name) =>
      statusOf(client, `i-${name}`),
    ),
  );
  expect(states).toEqual(['alive', 'alive', 'ended', 'ended', 'ended', 'missing']);
  await closeServer();
  await expect(statusOf(client, 'i-waits')).rejects.toThrow();
});
