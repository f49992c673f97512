import { describe, expect, it } from 'vitest';
import { unseen } from '../../../shared/domain/unseen.ts';

const hour = 3_600_000;

describe('what has been out of sight', () => {
  it('since now is looked for again after a minute, or when Graph says', () => {
    expect(unseen(null, 5 * hour, 30)).toEqual({ sinceMs: 5 * hour, seconds: 60, isTooLong: false });
    expect(unseen(null, 5 * hour, 900)).toEqual({ sinceMs: 5 * hour, seconds: 900, isTooLong: false });
  });

  it('for longer is looked for less often, but every hour', () => {
    expect(unseen(0, hour, 30).seconds).toBe(900);
    expect(unseen(0, 10 * hour, 30).seconds).toBe(3_600);
    expect(unseen(0, 10 * hour, 3_601).seconds).toBe(3_601);
  });

  it('for more than seven days is for a person', () => {
    expect(unseen(0, 7 * 24 * hour, 30).isTooLong).toBe(false);
    expect(unseen(0, 7 * 24 * hour + 1, 30)).toEqual({ sinceMs: 0, seconds: 3_600, isTooLong: true });
  });
});
