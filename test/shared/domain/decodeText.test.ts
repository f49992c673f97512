import { expect, it } from 'vitest';
import { decodeText } from '../../../shared/domain/decodeText.ts';
import { parseJson } from '../../../shared/domain/parseJson.ts';

const json = '{"name":"Zoë"}';

it.each<[string, string | Uint8Array]>([
  ['a plain text', json],
  ['a text with a mark that a library left in', `\uFEFF${json}`],
  ['UTF-8', Buffer.from(json)],
  ['UTF-8 with a mark', Buffer.from(`\uFEFF${json}`)],
  ['UTF-16 with a mark', Buffer.from(`\uFEFF${json}`, 'utf16le')],
  ['UTF-16 with a mark, the high byte first', Buffer.from(`\uFEFF${json}`, 'utf16le').swap16()],
])('%s is read', (_, source) => {
  expect(decodeText(source)).toBe(json);
  expect(parseJson(source)).toEqual({ name: 'Zoë' });
});

it('a mark inside a text stays', () => {
  expect(decodeText('a\uFEFFb')).toBe('a\uFEFFb');
});

it('bytes that are no text are undefined, and no JSON', () => {
  expect(decodeText(Buffer.from([0x7b, 0xff, 0x7d]))).toBeUndefined();
  expect(parseJson(Buffer.from([0x7b, 0xff, 0x7d]))).toBeUndefined();
  expect(parseJson('')).toBeUndefined();
});
