import { describe, expect, it } from 'vitest';
import { spanText, virtualDate } from '../../../local/demo/virtualTime.ts';

describe('times as text', () => {
  it('shows an instant in UTC', () => {
    expect(virtualDate(Date.parse('2026-12-01T22:00:00Z'))).toBe('Tue, 01 Dec 2026, 22:00 UTC');
  });

  it.each([
    [0, '0 s'],
    [12_000, '12 s'],
    [35 * 60_000, '35 min'],
    [6.5 * 3_600_000, '6 h 30 min'],
    [(2 * 24 + 4) * 3_600_000 + 59_000, '2 d 4 h'],
  ])('shows %d ms as %s', (spanMs, text) => {
    expect(spanText(spanMs)).toBe(text);
  });
});
