import { afterAll, describe, expect, it } from 'vitest';
import { mutationSeed } from './mutationSeeds.ts';
import { mechanismNames } from './sabotage.ts';
import { searchMutation } from './searchMutation.ts';
import { WorkerPool } from './workerPool.ts';

// A change of the app or of what is drawn moves the seed; then a few more runs find another one.
const patience = 100;

const pool = new WorkerPool(1);
afterAll(() => pool.close());

describe('the simulation misses a mechanism that is switched off', { timeout: 240_000 }, () => {
  it.each(mechanismNames)('%s', async (off) => {
    const found = await searchMutation(off, mutationSeed(off), patience, pool);
    expect(
      found,
      `nobody missed it in ${String(patience)} runs from seed ${String(mutationSeed(off))}`,
    ).toBeDefined();
  });
});
