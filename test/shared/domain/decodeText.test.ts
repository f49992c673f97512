import { expect, it } from 'vitest';
import { decodeBytes, decodeText, parseJson } from '../../../shared/domain/text.ts';

const json = '{"name":"Zoë"}';

it.each<[string, Uint8Array]>([
  ['UTF-8', Buffer.from(json)],
  ['UTF-8 with a mark', Buffer.from(`\uFEFF${json}`)],
  ['UTF-16 with a mark', Buffer.from(`\uFEFF${json}`, 'utf16le')],
  ['UTF-16 with a mark, the high byte first', Buffer.from(`\uFEFF${json}`, 'utf16le').swap16()],
])('%s is read', (_, bytes) => {
  expect(decodeBytes(bytes)).toEqual({ ok: true, text: json });
});

it.each<[string, Uint8Array, string]>([
  ['bytes that are no text', Buffer.from([0x7b, 0xff, 0x7d]), 'not UTF-8'],
  [
    'UTF-16 without a mark',
    Buffer.from(json, 'utf16le'),
    'UTF-16 without a byte order mark, as Encoding.Unicode of .NET writes it',
  ],
  [
    'UTF-16 without a mark, the high byte first',
    Buffer.from(json, 'utf16le').swap16(),
    'UTF-16 without a byte order mark, as Encoding.Unicode of .NET writes it',
  ],
  [
    'half a pair after the mark of UTF-16',
    Buffer.from('\uFEFF\ud800', 'utf16le'),
    'not UTF-16, although they begin with its byte order mark',
  ],
  ['gzip', Buffer.from([0x1f, 0x8b, 0x08, 0]), 'compressed with gzip'],
])('%s are refused with what they look like', (_, bytes, reason) => {
  expect(decodeBytes(bytes)).toEqual({ ok: false, reason });
});

it('a text is read without the mark before it, and with a mark inside', () => {
  expect(decodeText(`\uFEFF${json}`)).toBe(json);
  expect(decodeText('a\uFEFFb')).toBe('a\uFEFFb');
});

it('a text that is no JSON is undefined', () => {
  expect(parseJson(`\uFEFF${json}`)).toEqual({ name: 'Zoë' });
  expect(parseJson('')).toBeUndefined();
});
