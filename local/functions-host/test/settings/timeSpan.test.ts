import { expect, it } from 'vitest';
import { timeSpanMs } from '../../settings/hostJson.ts';

it.each<[string, number | undefined]>([
  ['00:00:30', 30_000],
  ['01:02:03', 3_723_000],
  ['1.00:00:00', 86_400_000],
  ['00:00:00.25', 250],
  ['00:05', 300_000],
  ['24:00:00', undefined],
  ['00:60:00', undefined],
  ['30', undefined],
  ['0 */5 * * * *', undefined],
])('%s is %s ms', (text, milliseconds) => {
  expect(timeSpanMs(text)).toBe(milliseconds);
});
