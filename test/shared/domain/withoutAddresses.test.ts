import { expect, it } from 'vitest';
import { withoutAddresses } from '../../../shared/domain/text.ts';

it.each([
  ['lee@contoso.com may not', '(address) may not'],
  [
    "the user 'lee@contoso.com' and <kim@contoso.com>, (ana@contoso.com)",
    'the user (address) and <(address)>, ((address))',
  ],
  ["o'source@contoso.com", '(address)'],
  [
    'lee_contoso.com#EXT#@fabrikam.onmicrosoft.com;mailto:kim%40contoso.com',
    '(address);mailto:(address)',
  ],
  ['upn=lee@contoso.com: not found', 'upn=(address): not found'],
  ['at 10:00 @ noon', 'at 10:00 @ noon'],
])('%s', (text, masked) => {
  expect(withoutAddresses(text)).toBe(masked);
});
