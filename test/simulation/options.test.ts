import { describe, expect, it } from 'vitest';
import { simulationOptions } from './options.ts';

describe('the command line of the simulation', () => {
  it('takes a seed, a number of runs and a mechanism to switch off', () => {
    expect(
      simulationOptions(['--seed', '7', '--runs', '20', '--off', 'the gate waits for approval']),
    ).toMatchObject({
      seed: 7,
      runs: 20,
      off: 'the gate waits for approval',
      trace: false,
      early: false,
    });
    expect(simulationOptions(['--off', 'all']).off).toBe('all');
  });

  it('draws a seed when none is given', () => {
    expect(simulationOptions([]).seed).toBeGreaterThanOrEqual(0);
  });

  it.each([
    ['--runs', 'many'],
    ['--runs', '0'],
    ['--seed', '-1'],
    ['--off', 'gravity'],
    ['--speed', '3'],
  ])('refuses %s %s', (name, value) => {
    expect(() => simulationOptions([name, value])).toThrow();
  });
});
