import { describe, expect, it } from 'vitest';
import { day, hour } from '../testGraph.ts';
import {
  after,
  refusalOf,
  type ShownTask,
  siteParameters,
  TestSharePoint,
  userParameters,
} from './testSharePoint.ts';

/** Reads the task every five minutes. Returns its statuses, each with the minute at which it was first seen. */
async function statuses(
  sharePoint: TestSharePoint,
  id: string,
  minutes: number,
): Promise<[string, number][]> {
  const seen: [string, number][] = [[await sharePoint.status(id), 0]];
  for (let passed = 5; passed <= minutes; passed += 5) {
    sharePoint.advance(5);
    const status = await sharePoint.status(id);
    if (status !== seen.at(-1)?.[0]) seen.push([status, passed]);
  }
  return seen;
}

describe('a task', () => {
  it('waits, runs and completes, and shows when', async () => {
    const sharePoint = new TestSharePoint();
    const id = await sharePoint.created();
    expect(await sharePoint.task(id)).toMatchObject({ lastUpdatedDateTime: after(0) });
    expect(await sharePoint.task(id)).not.toHaveProperty('startedDateTime');
    sharePoint.advance(10);
    expect(await sharePoint.task(id)).toMatchObject({
      status: 'inProgress',
      startedDateTime: after(10),
      lastUpdatedDateTime: after(10),
    });
    sharePoint.advance(31);
    const moving = await sharePoint.task(id);
    expect(moving).toMatchObject({
      status: 'inProgress',
      startedDateTime: after(10),
      lastUpdatedDateTime: after(40),
    });
    expect(moving).not.toHaveProperty('finishedDateTime');
    sharePoint.advance(day);
    const done = await sharePoint.task(id);
    expect(done).toMatchObject({
      status: 'completed',
      startedDateTime: after(10),
      lastUpdatedDateTime: after(70),
      finishedDateTime: after(70),
      parameters: userParameters(),
    });
    expect(done).not.toHaveProperty('error');
  });

  it('does not start before the preferred start', async () => {
    const sharePoint = new TestSharePoint();
    const id = await sharePoint.created(
      userParameters('lee', { preferredStartDateTime: after(60) }),
    );
    expect(await statuses(sharePoint, id, 150)).toEqual([
      ['notStarted', 0],
      ['inProgress', 70],
      ['completed', 130],
    ]);
  });

  it('is cancelled when it has not started by the latest start', async () => {
    const sharePoint = new TestSharePoint({
      sharePoint: { sources: [{ source: 'slow', stuckIn: 'notStarted' }] },
    });
    const times = { preferredStartDateTime: after(30), preferredLatestStartDateTime: after(60) };
    const slow = await sharePoint.created(siteParameters('slow', times));
    const quick = await sharePoint.created(siteParameters('quick', times));
    const late = await sharePoint.created(
      siteParameters('late', { preferredLatestStartDateTime: after(5) }),
    );
    expect(await statuses(sharePoint, late, 5)).toEqual([
      ['notStarted', 0],
      ['cancelled', 5],
    ]);
    sharePoint.advance(54);
    expect([await sharePoint.status(slow), await sharePoint.status(quick)]).toEqual([
      'notStarted',
      'inProgress',
    ]);
    sharePoint.advance(1);
    const cancelled = await sharePoint.task(slow);
    expect(cancelled).toMatchObject({ status: 'cancelled', finishedDateTime: after(60) });
    expect(cancelled).not.toHaveProperty('startedDateTime');
    sharePoint.advance(60);
    expect([await sharePoint.status(slow), await sharePoint.status(quick)]).toEqual([
      'cancelled',
      'completed',
    ]);
    expect(refusalOf(await sharePoint.cancel(slow))).toEqual([409, 'conflict']);
  });

  it('starts at the latest start itself, and not when that has passed', async () => {
    const sharePoint = new TestSharePoint();
    const id = await sharePoint.created(
      siteParameters('a', { preferredLatestStartDateTime: after(10) }),
    );
    const missed = await sharePoint.created(
      siteParameters('b', { preferredLatestStartDateTime: after(-60) }),
    );
    expect(await sharePoint.task(missed)).toMatchObject({
      status: 'cancelled',
      lastUpdatedDateTime: after(0),
      finishedDateTime: after(0),
    });
    sharePoint.advance(10);
    expect(await sharePoint.status(id)).toBe('inProgress');
  });

  it('can be cancelled until it starts', async () => {
    const sharePoint = new TestSharePoint();
    const [first, second] = [
      await sharePoint.created(userParameters('a')),
      await sharePoint.created(userParameters('b')),
    ];
    sharePoint.advance(9);
    const reply = await sharePoint.cancel(first);
    expect([reply.status, reply.text]).toEqual([204, '']);
    expect(await sharePoint.task(first)).toMatchObject({
      status: 'cancelled',
      finishedDateTime: after(9),
    });
    expect(refusalOf(await sharePoint.cancel(first))).toEqual([409, 'conflict']);
    sharePoint.advance(1);
    expect(refusalOf(await sharePoint.cancel(second))).toEqual([409, 'conflict']);
    sharePoint.advance(60);
    expect(refusalOf(await sharePoint.cancel(second))).toEqual([409, 'conflict']);
    expect([await sharePoint.status(first), await sharePoint.status(second)]).toEqual([
      'cancelled',
      'completed',
    ]);
    expect(refusalOf(await sharePoint.cancel('3ed6d46d-13a3-4995-b6ea-a74a20b1fac0'))).toEqual([
      404,
      'itemNotFound',
    ]);
  });

  it('fails as the rule says, and completes the next time', async () => {
    const failed = {
      code: 'MnATargetUserDoesNotExist',
      message: 'The target user does not exist.',
      target: 'targetUserIdentity',
    };
    const sharePoint = new TestSharePoint({
      sharePoint: { sources: [{ source: '^lee@', failed, failedTimes: 1 }] },
    });
    const first = await sharePoint.created();
    const other = await sharePoint.created(userParameters('kim'));
    sharePoint.advance(65);
    expect(await sharePoint.task(first)).not.toHaveProperty('error');
    sharePoint.advance(5);
    expect(await sharePoint.task(first)).toMatchObject({
      status: 'failed',
      error: failed,
      startedDateTime: after(10),
      finishedDateTime: after(70),
    });
    expect(await sharePoint.status(other)).toBe('completed');
    const second = await sharePoint.created();
    sharePoint.advance(70);
    expect([await sharePoint.status(first), await sharePoint.status(second)]).toEqual([
      'failed',
      'completed',
    ]);
  });

  it('shows no update while it is stuck', async () => {
    const sharePoint = new TestSharePoint({
      sharePoint: {
        sources: [
          { source: 'slow', stuckIn: 'inProgress', stuckSeconds: 7_200 },
          { source: 'ever', stuckIn: 'inProgress' },
        ],
      },
    });
    const [slow, ever] = [
      await sharePoint.created(siteParameters('slow')),
      await sharePoint.created(siteParameters('ever')),
    ];
    sharePoint.advance(129);
    expect(await sharePoint.task(slow)).toMatchObject({
      status: 'inProgress',
      lastUpdatedDateTime: after(10),
    });
    sharePoint.advance(31);
    expect(await sharePoint.task(slow)).toMatchObject({
      status: 'inProgress',
      lastUpdatedDateTime: after(160),
    });
    sharePoint.advance(30);
    expect(await sharePoint.status(slow)).toBe('completed');
    sharePoint.graph.clock.advance(365 * day);
    expect(await sharePoint.task(ever)).toMatchObject({
      status: 'inProgress',
      lastUpdatedDateTime: after(10),
    });
  });
});

describe('what the scenario leaves open', () => {
  async function courses(seed: number): Promise<ShownTask[]> {
    const sharePoint = new TestSharePoint({
      scenario: { seed },
      sharePoint: { timings: undefined },
    });
    const ids: string[] = [];
    for (const name of ['a', 'b', 'c']) ids.push(await sharePoint.created(userParameters(name)));
    sharePoint.graph.clock.advance(7 * hour);
    return Promise.all(ids.map(async (id) => ({ ...(await sharePoint.task(id)), id: '' })));
  }

  it('is determined by the seed and the source', async () => {
    const first = await courses(3);
    expect(await courses(3)).toEqual(first);
    expect(await courses(4)).not.toEqual(first);
    const starts = new Set(first.map(({ startedDateTime }) => startedDateTime));
    expect(starts.size).toBe(3);
  });

  it('differs for the next task of a source', async () => {
    const sharePoint = new TestSharePoint({ sharePoint: { timings: undefined } });
    const lengths = new Set<number>();
    for (let time = 0; time < 3; time += 1) {
      const id = await sharePoint.created();
      sharePoint.graph.clock.advance(day);
      const { startedDateTime = '', finishedDateTime = '' } = await sharePoint.task(id);
      lengths.add(Date.parse(finishedDateTime) - Date.parse(startedDateTime));
    }
    expect(lengths.size).toBe(3);
  });
});
