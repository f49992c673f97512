import { expect, it, vi } from 'vitest';
import {
  optimisticWrite,
  TooManyWritersError,
  writeConflict,
} from '../../../shared/storage/calls.ts';

/** Pauses that take no time, and how many tries each came after. */
function pauses() {
  const after: number[] = [];
  const pause = (tries: number): Promise<void> => {
    after.push(tries);
    return Promise.resolve();
  };
  return { after, pause };
}

it('tries until no other writer was quicker, and pauses from the first retry on', async () => {
  const { after, pause } = pauses();
  expect(
    await optimisticWrite(
      'a row',
      (tries) => Promise.resolve(tries < 4 ? writeConflict : `try ${String(tries)}`),
      pause,
    ),
  ).toBe('try 4');
  expect(after).toEqual([1, 2, 3]);
});

it('says at the bound what could not be written, and does not try for ever', async () => {
  const { after, pause } = pauses();
  const refused = optimisticWrite('a row of batches', () => Promise.resolve(writeConflict), pause);
  await expect(refused).rejects.toThrow(TooManyWritersError);
  await expect(refused).rejects.toThrow('cannot write a row of batches');
  expect(after).toHaveLength(59);
});

it('throws at once what is no other writer', async () => {
  const tryOnce = vi.fn(() => Promise.reject(new Error('out of reach')));
  await expect(optimisticWrite('a row', tryOnce)).rejects.toThrow('out of reach');
  expect(tryOnce).toHaveBeenCalledTimes(1);
});

it('pauses longer after each try, up to a second, and never as long as another writer', async () => {
  const random = vi.spyOn(Math, 'random').mockReturnValue(0);
  const spentMs = async (share: number): Promise<number> => {
    random.mockReturnValue(share);
    const startMs = performance.now();
    await optimisticWrite('a row', (tries) =>
      Promise.resolve(tries < 6 ? writeConflict : undefined),
    );
    return performance.now() - startMs;
  };
  try {
    // 10 + 20 + 40 + 80 + 160 milliseconds, a tenth of it at least.
    expect(await spentMs(0)).toBeGreaterThan(20);
    expect(await spentMs(1)).toBeGreaterThan(290);
  } finally {
    random.mockRestore();
  }
});
