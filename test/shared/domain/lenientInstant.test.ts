import { expect, it } from 'vitest';
import { isUnsetInstant, lenientInstantMs } from '../../../shared/domain/text.ts';

it.each([
  '0001-01-01T00:00:00Z',
  '0001-01-01T00:00:00.0000000Z',
  '0001-01-01T00:00:00+02:00',
  '0001-01-01T08:00:00.5-08:00',
  '0000-12-31T22:00:00Z',
  '0001-1-1T0:0:0Z',
])('%s is not set', (text) => {
  expect([isUnsetInstant(text), lenientInstantMs(text)]).toEqual([true, undefined]);
});

it('any other year is', () => {
  expect(isUnsetInstant('2026-11-20T22:00:00Z')).toBe(false);
  expect(lenientInstantMs('1999-01-01T00:00:00Z')).toBe(Date.UTC(1999, 0, 1));
});
