import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryDir } from './temporaryDir.ts';
import { all, day, hour, jobRequest, TestGraph, userId } from './testGraph.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = temporaryDir();
});

describe('an emulator with a data folder', () => {
  it('has the same jobs after a restart', async () => {
    const failed = [{ workload: 'Teams', code: 'CTTM-005' }];
    const scenario = {
      users: [{ id: userId(2), failed, failedTimes: 1 }],
      switches: { userTaskWrites: true },
    };
    const before = new TestGraph({ dataDir, scenario });
    const jobs = [
      await before.migrating({ displayName: 'migrating' }),
      await before.validated({ displayName: 'validated', resources: [userId(3)] }),
      await before.created({ displayName: 'created', resources: [userId(4), userId(5)] }),
      await before.created({ displayName: 'cancelled', resources: [userId(6)] }),
    ];
    await before.act('cancelled', 'cancel');
    await before.act('created', `users/${userId(5)}/cancel`);
    await before.post('/created/users', { id: userId(7) });
    await before.call('PATCH', '/migrating', { completeAfterDateTime: '2026-11-09T20:00:00Z' });

    const after = new TestGraph({ dataDir, scenario, clock: before.clock });
    for (const advanceMs of [0, hour, 2 * day, 5 * day]) {
      before.clock.advance(advanceMs);
      expect((await after.get('')).body).toEqual((await before.get('')).body);
      for (const job of jobs)
        expect((await after.get(`/${job}/users`)).body).toEqual(
          (await before.get(`/${job}/users`)).body,
        );
    }
    expect(await after.status('migrating')).toBe('completedWithErrors');
    expect(await after.status('cancelled')).toBe('cancelled');
    expect(await after.services('created', userId(5))).toEqual(all('cancelled'));
    expect((await after.post('', jobRequest({ displayName: 'created' }))).status).toBe(422);

    await after.act('migrating', 'migrate');
    after.clock.advance(day);
    expect(await new TestGraph({ dataDir, scenario, clock: after.clock }).status('migrating')).toBe(
      'completed',
    );
  });

  it('removes a line that a crash cut off, and appends after it', async () => {
    const before = new TestGraph({ dataDir });
    const id = await before.created();
    const file = join(dataDir, 'jobs.jsonl');
    const whole = readFileSync(file, 'utf8');
    appendFileSync(file, '{"jobId":"0f1e2d3c-4b5a');

    const after = new TestGraph({ dataDir, clock: before.clock });
    expect(await after.status(id)).toBe('submitted');
    await after.act(id, 'validate');
    expect(readFileSync(file, 'utf8').startsWith(whole)).toBe(true);
    const again = new TestGraph({ dataDir, clock: before.clock });
    expect(await again.status(id)).toBe('validateSubmitted');
  });

  it('stores nothing without one', async () => {
    const clock = new TestGraph().clock;
    await new TestGraph({ clock }).created();
    expect((await new TestGraph({ clock }).get('/$count')).text).toBe('0');
  });
});
