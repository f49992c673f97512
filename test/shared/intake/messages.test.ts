import { describe, expect, it } from 'vitest';
import { readMessage } from '../../../shared/intake/messages.ts';

const json = '{"name":"Zoë ÿ?>","n":1}';
const base64 = Buffer.from(json).toString('base64');
const lines = (text: string, end: string): string => text.replaceAll(/.{10}/g, `$&${end}`);

describe('a message is read', () => {
  it.each<[string, string]>([
    ['plain', json],
    ['plain, with white space around', `\r\n ${json}\n`],
    ['plain, with a byte order mark', `\uFEFF${json}`],
    ['indented, as an output binding writes it', JSON.stringify(JSON.parse(json), null, 2)],
    ['in base64', base64],
    ['in base64 without padding', base64.replace(/=+$/, '')],
    ['in URL-safe base64', Buffer.from(json).toString('base64url')],
    ['in URL-safe base64 with padding', base64.replaceAll('+', '-').replaceAll('/', '_')],
    ['in base64 with the line breaks of MIME', lines(base64, '\r\n')],
    ['in base64 with indented lines', lines(base64, '\n  ')],
    ['in base64 with white space around', `\n ${base64} \r\n`],
    ['in base64 with a byte order mark inside', Buffer.from(`\uFEFF${json}`).toString('base64')],
    [
      'in base64 of UTF-16 with its mark',
      Buffer.from(`\uFEFF${json}`, 'utf16le').toString('base64'),
    ],
    ['in base64 twice', Buffer.from(base64).toString('base64')],
    ['serialised twice', JSON.stringify(json)],
    ['serialised twice, in base64', Buffer.from(JSON.stringify(json)).toString('base64')],
    ['as a JSON string of base64', JSON.stringify(base64)],
    [
      'wrapped again and again',
      Array.from({ length: 6 }).reduce<string>(
        (text) => Buffer.from(text).toString('base64'),
        json,
      ),
    ],
  ])('%s', (_, message) => {
    expect(readMessage(message)).toEqual({ ok: true, value: JSON.parse(json) as unknown });
  });

  it.each(['null', '1234', 'true', '[]', '1e999'])(
    'as the JSON that it is where it might be base64 as well: %s',
    (message) => {
      expect(readMessage(message)).toEqual({ ok: true, value: JSON.parse(message) as unknown });
    },
  );
});

describe('a message is refused', () => {
  const notUtf8 = (what: string): string =>
    `the message is not JSON, and its bytes as base64 are ${what}; send JSON in UTF-8`;
  it.each<[string, string, string, string]>([
    ['that is empty', '', 'messageEmpty', 'the message is empty'],
    ['of white space', ' \r\n\t', 'messageEmpty', 'the message is empty'],
    ['of a byte order mark', '\uFEFF', 'messageEmpty', 'the message is empty'],
    [
      'that is an empty JSON string',
      '""',
      'messageEmpty',
      'the message is a JSON string of an empty text',
    ],
    ['of base64 of white space', 'ICAg', 'messageEmpty', 'the message is base64 of an empty text'],
    ['of words', 'please move them', 'notJson', 'the message is neither JSON nor base64 of JSON'],
    ['of broken JSON', '{"name":', 'notJson', 'the message is neither JSON nor base64 of JSON'],
    ['with NUL', '\0', 'notJson', 'the message is neither JSON nor base64 of JSON'],
    [
      'of both alphabets of base64 at once',
      'ab+/-_cd',
      'notJson',
      'the message is neither JSON nor base64 of JSON',
    ],
    [
      'of base64 that was cut',
      base64.slice(0, 9),
      'notJson',
      'the message is neither JSON nor base64 of JSON',
    ],
    [
      'of base64 of JSON that was cut',
      base64.slice(0, 12),
      'notJson',
      'the message is base64 of a text that is neither JSON nor base64 of JSON',
    ],
    [
      'of a JSON string of words',
      '"please move them"',
      'notJson',
      'the message is a JSON string of a text that is neither JSON nor base64 of JSON',
    ],
    [
      'of base64 of bytes that are no text',
      Buffer.from([0xff, 0xfe - 1, 0xfd]).toString('base64'),
      'notUtf8',
      notUtf8('not UTF-8'),
    ],
    [
      'of base64 of Encoding.Unicode',
      Buffer.from(json, 'utf16le').toString('base64'),
      'notUtf8',
      notUtf8('UTF-16 without a byte order mark, as Encoding.Unicode of .NET writes it'),
    ],
    [
      'of base64 of gzip',
      Buffer.from([0x1f, 0x8b, 8, 0]).toString('base64'),
      'notUtf8',
      notUtf8('compressed with gzip'),
    ],
  ])('%s', (_, message, code, detail) => {
    expect(readMessage(message)).toEqual({ ok: false, code, detail });
  });
});
