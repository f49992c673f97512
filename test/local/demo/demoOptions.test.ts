import { describe, expect, it } from 'vitest';
import { demoOptions } from '../../../local/demo/demoOptions.ts';

describe('the options of the demo', () => {
  it('let the demo empty the default folder only', () => {
    expect(demoOptions([]).ownsDataDir).toBe(true);
    expect(demoOptions(['--data', '/somewhere'])).toMatchObject({
      dataDir: '/somewhere',
      ownsDataDir: false,
    });
  });

  it.each([
    ['--speed', '0'],
    ['--speed', 'fast'],
    ['--timeout-seconds', '-1'],
    ['--data', ''],
    ['--unknown'],
  ])('refuses %s %s', (...args) => {
    expect(() => demoOptions(args)).toThrow();
  });
});
