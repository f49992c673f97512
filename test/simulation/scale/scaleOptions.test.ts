import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { costLines, pricesSchema, readPrices } from './prices.ts';
import { asksForScale, scaleOptions } from './scaleOptions.ts';

const counts = {
  tableReads: 20_000,
  tableQueries: 10_000,
  tableWrites: 5_000,
  tableBatches: 0,
  blobReads: 0,
  blobWrites: 0,
  queueMessages: 10,
  executions: 3_000_000,
};

describe('the command line of a programme', () => {
  it('takes a number of users, a seed and files', () => {
    expect(
      scaleOptions(['--scale', '50000', '--seed', '7', '--prices', 'p.json', '--json=r.json']),
    ).toMatchObject({
      shape: { users: 50_000, migrations: 20, seed: 7, throttled: 0.01 },
      pricesFile: 'p.json',
      jsonFile: 'r.json',
    });
    // A timeline that is compared with another has the same seed.
    expect(scaleOptions(['--scale', '400']).shape.seed).toBe(1);
  });

  it('is told from that of the simulation', () => {
    expect(asksForScale(['--seed', '1', '--scale=400'])).toBe(true);
    expect(asksForScale(['--seed', '1'])).toBe(false);
  });

  it.each([
    [['--scale', '19'], '--scale must be at least 20'],
    [['--scale', 'many'], '--scale must be a whole number'],
    [['--scale', '400', '--throttled', '0.9'], '--throttled must not be above 0.5'],
    [['--scale', '400', '--seed', '1.5'], '--seed must be a whole number'],
    [['--scale', '400', '--runs', '3'], "Unknown option '--runs'"],
  ])('refuses %s', (args, reason) => {
    expect(() => scaleOptions(args)).toThrow(reason);
  });
});

describe('the cost', () => {
  const dir = mkdtempSync(join(tmpdir(), 'prices-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('is what the given prices make of the quantities', () => {
    const prices = pricesSchema.parse({
      currency: 'EUR',
      per10000: { tableReads: 0.5, tableWrites: 3 },
      perMillionExecutions: 2,
    });
    const cost = Object.fromEntries(
      costLines(counts, prices).map((line) => [line.what, line.cost]),
    );
    expect(cost).toEqual({
      tableReads: 1,
      tableQueries: null,
      tableWrites: 1.5,
      tableBatches: null,
      blobReads: null,
      blobWrites: null,
      queueMessages: null,
      executions: 6,
    });
  });

  it('is unknown without prices, and with the sample, which has none', () => {
    for (const prices of [null, readPrices('examples/prices.json')])
      expect(costLines(counts, prices).every(({ cost }) => cost === null)).toBe(true);
  });

  it('is not guessed from a file that cannot be read as prices', () => {
    const file = join(dir, 'prices.json');
    writeFileSync(file, '{ "currency": "EUR", "per10000": { "tableReads": "cheap" } }');
    expect(() => readPrices(file)).toThrow(/prices\.json cannot be used: per10000\.tableReads/);
    expect(() => readPrices(join(dir, 'none.json'))).toThrow('cannot be used');
  });
});
