import { decodeText } from './decodeText.ts';

/** The value that a text of JSON stands for, with or without a byte order mark; undefined when it is none. */
export function parseJson(source: string | Uint8Array): unknown {
  const text = decodeText(source);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
