import { expect, it } from 'vitest';
import { shownKey } from '../../../shared/http/problems.ts';

it.each([
  ['name', 'name'],
  ['@odata.type', '@odata.type'],
  ['odd name', 'odd name'],
  ['lee@contoso.com', '(an address)'],
  ['to lee@contoso.com, ana@fabrikam.com', 'to (an address) (an address)'],
  ['a\u0000b\nc\u202e', 'a\ufffdb\ufffdc\ufffd'],
  ['\ud800', '\ufffd'],
  ['x'.repeat(65), `${'x'.repeat(64)}…`],
  ['', ''],
])('%j is shown as %j', (key, shown) => {
  expect(shownKey(key)).toBe(shown);
});
