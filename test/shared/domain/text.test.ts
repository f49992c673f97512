import { describe, expect, it } from 'vitest';
import {
  decodeBytes,
  isUnsetInstant,
  lenientInstantMs,
  maskAddresses,
  parseJson,
  removeByteOrderMark,
} from '../../../shared/contracts/text.ts';

const json = '{"name":"Zoë"}';

describe('decodeBytes', () => {
  it.each<[string, Uint8Array]>([
    ['UTF-8', Buffer.from(json)],
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${json}`)],
    ['UTF-16 with a mark', Buffer.from(`\uFEFF${json}`, 'utf16le')],
    ['UTF-16 with a mark, the high byte first', Buffer.from(`\uFEFF${json}`, 'utf16le').swap16()],
  ])('reads %s', (_, bytes) => {
    expect(decodeBytes(bytes)).toEqual({ ok: true, text: json });
  });

  it.each<[string, Uint8Array, string]>([
    ['bytes that are not text', Buffer.from([0x7b, 0xff, 0x7d]), 'not UTF-8'],
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
  ])('rejects %s and says what they look like', (_, bytes, reason) => {
    expect(decodeBytes(bytes)).toEqual({ ok: false, reason });
  });
});

it('removeByteOrderMark removes only a mark at the start', () => {
  expect(removeByteOrderMark(`\uFEFF${json}`)).toBe(json);
  expect(removeByteOrderMark('a\uFEFFb')).toBe('a\uFEFFb');
});

it('parseJson returns undefined for a text that is not JSON', () => {
  expect(parseJson(`\uFEFF${json}`)).toEqual({ name: 'Zoë' });
  expect(parseJson('')).toBeUndefined();
});

describe('lenientInstantMs', () => {
  it.each([
    '0001-01-01T00:00:00Z',
    '0001-01-01T00:00:00.0000000Z',
    '0001-01-01T00:00:00+02:00',
    '0001-01-01T08:00:00.5-08:00',
    '0000-12-31T22:00:00Z',
    '0001-1-1T0:0:0Z',
  ])('treats %s as not set', (text) => {
    expect([isUnsetInstant(text), lenientInstantMs(text)]).toEqual([true, undefined]);
  });

  it('reads any other year', () => {
    expect(isUnsetInstant('2026-11-20T22:00:00Z')).toBe(false);
    expect(lenientInstantMs('1999-01-01T00:00:00Z')).toBe(Date.UTC(1999, 0, 1));
  });
});

describe('maskAddresses', () => {
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
  ])('masks %s', (text, masked) => {
    expect(maskAddresses(text)).toBe(masked);
  });
});
