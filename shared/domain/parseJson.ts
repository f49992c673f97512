import { decodeText } from './decodeText.ts';

/** The value that a text of JSON stands for, with or without a byte order mark; undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(decodeText(text));
  } catch {
    return undefined;
  }
}
