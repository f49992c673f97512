import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startInstance } from './instances.ts';
import { type SpawnedHost, spawnHost } from './spawnHost.ts';
import { until } from './until.ts';

const speed = 3600;
let host: SpawnedHost;
beforeAll(async () => {
  host = await spawnHost({ app: 'patterns', args: ['--speed', String(speed)] });
}, 30_000);
afterAll(async () => {
  await host.stop();
});

describe('common patterns of orchestrations', () => {
  it('chains activities', async () => {
    const instance = await startInstance(host, 'chain', 4);
    expect((await instance.reach('Completed')).output).toBe(3214);
  });

  it('fans out to 1,000 activities and returns their results in order', async () => {
    const instance = await startInstance(host, 'fanOut', 1000);
    expect((await instance.reach('Completed')).output).toEqual({
      count: 1000,
      sum: 500_500,
      inOrder: true,
    });
  });

  it('lets a timer win a race against an event that does not arrive', async () => {
    const instance = await startInstance(host, 'race', { seconds: 600 });
    const { output, createdTime, lastUpdatedTime } = await instance.reach('Completed');
    expect(output).toEqual({ winner: 'timer' });
    expect(Date.parse(lastUpdatedTime) - Date.parse(createdTime)).toBeGreaterThanOrEqual(600_000);
  });

  it('lets an event win a race against a timer of thirty days, and ends at once', async () => {
    const instance = await startInstance(host, 'race', { seconds: 30 * 86_400 });
    await instance.reach('Running');
    expect(
      await instance.post(
        (instance.urls['sendEventPostUri'] ?? '').replace('{eventName}', 'approval'),
        { by: 'lee' },
      ),
    ).toBe(202);
    const { output, createdTime, lastUpdatedTime } = await instance.reach('Completed');
    expect(output).toEqual({ winner: 'event', value: { by: 'lee' } });
    expect(Date.parse(lastUpdatedTime) - Date.parse(createdTime)).toBeLessThan(30 * 86_400_000);
  });

  it('retries with a back-off that doubles', async () => {
    const instance = await startInstance(host, 'retries', { times: 3, attempts: 4 });
    const { output } = await instance.reach('Completed');
    const instants = output as number[];
    const waits = instants.slice(1).map((instant, index) => instant - (instants[index] ?? 0));
    expect(waits).toHaveLength(3);
    [60_000, 120_000, 240_000].forEach((leastMs, index) => {
      expect(waits[index]).toBeGreaterThanOrEqual(leastMs);
    });
  });

  it('fails with the last error when the retries are used up', async () => {
    const instance = await startInstance(host, 'retries', { times: 9, attempts: 2 });
    const { output } = await instance.reach('Failed');
    expect(output).toContain('try 2 fails');
  });

  it('nests orchestrations three deep', async () => {
    const instance = await startInstance(host, 'parent');
    expect((await instance.reach('Completed')).output).toEqual([11, 21]);
  });

  it('continues as new with the state it is given', async () => {
    const instance = await startInstance(host, 'generations', { left: 5, sum: 0 });
    const { output, instanceId } = await instance.reach('Completed');
    expect(output).toBe(15);
    expect(instanceId).toBe(instance.id);
  });
});

describe('orchestrations that a caller controls', () => {
  it('fails on an unhandled error, with the text of the error', async () => {
    const instance = await startInstance(host, 'failing');
    const { output } = await instance.reach('Failed');
    expect(output).toMatch(/Orchestrator function 'failing' failed: .*the disk is full/);
  });

  it('terminates with the reason as output', async () => {
    const instance = await startInstance(host, 'waiting');
    await instance.reach('Running');
    expect(
      await instance.post((instance.urls['terminatePostUri'] ?? '').replace('{text}', 'enough')),
    ).toBe(202);
    expect((await instance.reach('Terminated')).output).toBe('enough');
    expect(
      await instance.post((instance.urls['terminatePostUri'] ?? '').replace('{text}', 'again')),
    ).toBe(410);
  });

  it('suspends, and delivers events of the meantime when it is resumed', async () => {
    const instance = await startInstance(host, 'waiting');
    await instance.reach('Running');
    expect(
      await instance.post((instance.urls['suspendPostUri'] ?? '').replace('{text}', 'hold')),
    ).toBe(202);
    await instance.reach('Suspended');
    expect(
      await instance.post(
        (instance.urls['sendEventPostUri'] ?? '').replace('{eventName}', 'go'),
        'now',
      ),
    ).toBe(202);
    const suspended = await instance.status();
    expect(suspended.runtimeStatus).toBe('Suspended');
    expect(suspended.customStatus).toBe('waits for go');
    expect(
      await instance.post((instance.urls['resumePostUri'] ?? '').replace('{text}', 'go on')),
    ).toBe(202);
    expect((await instance.reach('Completed')).output).toBe('now');
  });

  it('returns 500 for the start of a running id, and starts it again after its end', async () => {
    const instance = await startInstance(host, 'waiting', undefined, 'only-one');
    await instance.reach('Running');
    await expect(startInstance(host, 'waiting', undefined, 'only-one')).rejects.toThrow(
      /returned 500/,
    );
    await instance.post((instance.urls['terminatePostUri'] ?? '').replace('{text}', 'enough'));
    await instance.reach('Terminated');
    await expect(startInstance(host, 'chain', 1, 'only-one')).resolves.toMatchObject({
      id: 'only-one',
    });
  });

  it('purges an instance that has ended', async () => {
    const instance = await startInstance(host, 'chain', 0);
    await instance.reach('Completed');
    const response = await fetch(`${host.url}/api/purge/${instance.id}`, { method: 'POST' });
    expect(await response.json()).toEqual({ instancesDeleted: 1 });
    expect((await fetch(instance.urls['statusQueryGetUri'] ?? '')).status).toBe(404);
  });

  it('returns 404 for an unknown instance and 400 for an unknown orchestrator on the public port', async () => {
    const base = `${host.url}/runtime/webhooks/durabletask`;
    expect((await fetch(`${base}/instances/unknown`)).status).toBe(404);
    expect((await fetch(`${base}/orchestrators/unknown`, { method: 'POST' })).status).toBe(400);
  });
});

describe('mistakes that the library does not report', () => {
  it('fails code that takes another path at replay', async () => {
    const instance = await startInstance(host, 'nonDeterministic');
    expect((await instance.reach('Failed')).output).toContain(
      'Non-Deterministic workflow detected',
    );
  });

  it('fails a task that is yielded in two compounds', async () => {
    const instance = await startInstance(host, 'taskInTwoCompounds');
    expect((await instance.reach('Failed')).output).toMatch(
      /Non-Deterministic workflow detected.*second compound/,
    );
  });

  it('fails diverging ids after a failure beside a task with retries', async () => {
    const instance = await startInstance(host, 'failureBesideRetries');
    expect((await instance.reach('Failed')).output).toContain(
      'Non-Deterministic workflow detected',
    );
  });

  it('logs the failure', async () => {
    await until('the log line', () =>
      host.output().includes('Non-Deterministic workflow detected') ? true : undefined,
    );
  });
});
