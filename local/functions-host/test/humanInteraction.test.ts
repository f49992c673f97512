import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startInstance, type StartedInstance } from './instances.ts';
import { type SpawnedHost, spawnHost } from './spawnHost.ts';
import { until } from './until.ts';

let host: SpawnedHost;
beforeAll(async () => {
  host = await spawnHost({ app: 'humanInteraction', args: ['--speed', '60'] });
}, 30_000);
afterAll(async () => {
  await host.stop();
});

async function started(): Promise<StartedInstance> {
  const instance = await startInstance(host, 'verifyPhone');
  await instance.reach('Running');
  return instance;
}

/** Sends an answer and waits until the orchestrator has compared it. */
async function answer(instance: StartedInstance, code: number): Promise<void> {
  const before = (await instance.status()).lastUpdatedTime;
  const url = (instance.urls['sendEventPostUri'] ?? '').replace('{eventName}', 'answer');
  expect(await instance.post(url, code)).toBe(202);
  await until('the turn', async () =>
    (await instance.status()).lastUpdatedTime === before ? undefined : true,
  );
}

describe.concurrent('one timer raced against one new event after the other', () => {
  it('ends at the right answer, without waiting for the timer', async () => {
    const instance = await started();
    await answer(instance, 1);
    await answer(instance, 1234);
    const { output, createdTime, lastUpdatedTime } = await instance.reach('Completed');
    expect(output).toBe(true);
    expect(Date.parse(lastUpdatedTime) - Date.parse(createdTime)).toBeLessThan(90_000);
  });

  it('ends after four wrong answers', async () => {
    const instance = await started();
    for (const code of [1, 2, 3, 4]) await answer(instance, code);
    expect((await instance.reach('Completed')).output).toBe(false);
  });

  it('ends when nobody answers, and when the last answer was wrong', async () => {
    const silent = await started();
    const wrong = await started();
    await answer(wrong, 1);
    expect((await silent.reach('Completed')).output).toBe(false);
    const { output, createdTime, lastUpdatedTime } = await wrong.reach('Completed');
    expect(output).toBe(false);
    expect(Date.parse(lastUpdatedTime) - Date.parse(createdTime)).toBeGreaterThanOrEqual(89_000);
  });
});
