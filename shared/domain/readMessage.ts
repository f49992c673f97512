import { decodeBytes, decodeText } from './decodeText.ts';
import { parseJson } from './parseJson.ts';

/** What a queue message holds, or why it cannot be read. */
export type ReadMessage =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly code: 'messageEmpty' | 'notJson' | 'notUtf8';
      readonly detail: string;
    };

/**
 * Reads the text of a queue message: as JSON, or else as base64 of JSON in UTF-8, standard or URL-safe, with or without padding
 * and line breaks. A JSON string, and base64 of base64, are unpacked: senders whose library serialises a second time send these,
 * and a string is never a request.
 */
export function readMessage(message: string): ReadMessage {
  let text = message;
  let within = '';
  // Ends: what is unpacked is shorter each time.
  for (;;) {
    text = decodeText(text).trim();
    if (text === '')
      return {
        ok: false,
        code: 'messageEmpty',
        detail:
          within === '' ? 'the message is empty' : `the message is ${within} of an empty text`,
      };
    const value = parseJson(text);
    if (value !== undefined && typeof value !== 'string') return { ok: true, value };
    if (value !== undefined) {
      text = value;
      within = 'a JSON string';
      continue;
    }
    const bytes = unpackedBase64(text);
    if (bytes === undefined)
      return {
        ok: false,
        code: 'notJson',
        detail: `the message is ${within === '' ? 'neither' : `${within} of a text that is neither`} JSON nor base64 of JSON`,
      };
    const decoded = decodeBytes(bytes);
    if (!decoded.ok)
      return {
        ok: false,
        code: 'notUtf8',
        detail: `the message is not JSON, and as base64 its bytes are ${decoded.reason}; send JSON in UTF-8`,
      };
    text = decoded.text;
    within = 'base64';
  }
}

/** The bytes that a text of base64 stands for; undefined when it is none. */
function unpackedBase64(text: string): Buffer | undefined {
  // MIME breaks lines; a blank inside a line belongs to a sentence.
  const packed = text.replaceAll(/[ \t]*\r?\n[ \t]*/g, '').replace(/={1,2}$/, '');
  if (packed.length % 4 === 1 || !/^(?:[A-Za-z0-9+/]+|[A-Za-z0-9_-]+)$/.test(packed))
    return undefined;
  return Buffer.from(packed, 'base64');
}
