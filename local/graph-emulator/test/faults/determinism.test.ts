import { expect, it } from 'vitest';
import { seededIds } from '../../seededRandom.ts';
import { jobRequest, minute, TestGraph, userId } from '../testGraph.ts';

const faults = {
  seed: 3,
  faults: [
    ...['error500', 'connectionReset', 'htmlBody', 'error503RetryAfter', 'error504RetryAfter'].map(
      (kind) => ({ kind, rate: 0.2, effect: 'either' }),
    ),
    ...['usersMissing', 'repeatedPage', 'notFoundYet'].map((kind) => ({ kind, rate: 0.4 })),
  ],
};

/** Returns every response of a run, byte by byte, and the log. */
async function run(seed: number, ids = 'ids'): Promise<readonly string[]> {
  const graph = new TestGraph({ faults: { ...faults, seed }, newId: seededIds(ids) });
  const seen: string[] = [];
  const call = async (method: string, path: string, body?: object): Promise<void> => {
    const reply = await graph.call(method, path, body).catch(String);
    seen.push(
      typeof reply === 'string'
        ? reply
        : `${String(reply.status)} ${JSON.stringify([...reply.headers])} ${reply.text}`,
    );
    graph.clock.advance(minute / 4);
  };
  for (let n = 0; n < 5; n += 1) {
    await call(
      'POST',
      '',
      jobRequest({ displayName: `wave-${String(n)}`, resources: [userId(n)] }),
    );
    for (const path of [`/wave-${String(n)}`, `/wave-${String(n)}/users`]) await call('GET', path);
    await call('POST', `/wave-${String(n)}/validate`);
  }
  seen.push((await graph.get('/_emulator/log')).text);
  return seen;
}

it('the same seeds and calls give the same responses and the same log, byte by byte', async () => {
  const first = await run(3);
  expect(first.some((text) => text.includes('connection was reset'))).toBe(true);
  expect(await run(3)).toEqual(first);
  expect(await run(4)).not.toEqual(first);
  expect(await run(3, 'others')).not.toEqual(first);
});
