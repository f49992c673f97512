import { z } from 'zod';

/** The result of decoding bytes. `reason` completes the sentence "the bytes are …". */
export type DecodedBytes =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string };

/** Removes the byte order mark at the start of a text. */
export function removeByteOrderMark(text: string): string {
  // JSON.parse rejects the mark, and libraries that decode bytes do not remove it.
  return text.replace(/^\uFEFF+/, '');
}

/**
 * Decodes bytes as UTF-8, or as UTF-16 if they start with its byte order mark, and removes the
 * mark. Use it for everything that callers send: HTTP bodies, queue messages and request blobs.
 */
export function decodeBytes(bytes: Uint8Array): DecodedBytes {
  const encoding = encodingOf(bytes);
  if (encoding === 'utf-8') {
    const reason = lookalike(bytes);
    if (reason !== undefined) return { ok: false, reason };
  }
  try {
    return {
      ok: true,
      text: removeByteOrderMark(new TextDecoder(encoding, { fatal: true }).decode(bytes)),
    };
  } catch {
    return {
      ok: false,
      reason:
        encoding === 'utf-8'
          ? 'not UTF-8'
          : 'not UTF-16, although they begin with its byte order mark',
    };
  }
}

function encodingOf([first, second]: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}

/**
 * Returns what the first bytes seem to be if they are not UTF-8. JSON and CSV contain no NUL, so
 * one NUL in two bytes means UTF-16.
 */
function lookalike([first, second]: Uint8Array): string | undefined {
  if (first === undefined || second === undefined) return undefined;
  if (first === 0x1f && second === 0x8b) return 'compressed with gzip';
  return (first === 0) === (second === 0)
    ? undefined
    : 'UTF-16 without a byte order mark, as Encoding.Unicode of .NET writes it';
}

/** Parses JSON with or without a byte order mark. Returns undefined if the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(removeByteOrderMark(text));
  } catch {
    return undefined;
  }
}

const instantPattern =
  /^(\d{4})-(\d{1,2})-(\d{1,2})T(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,12}))?(Z|[+-]\d{2}:\d{2})$/i;

// The year 1 stands for a date that was never set. In some time zones it becomes the last day of
// the year 0.
const unset = /^000[01]-/;

/**
 * Returns whether the text of a date means "not set" (`0001-01-01T00:00:00Z`, with any offset or
 * fraction).
 */
export function isUnsetInstant(text: string): boolean {
  return unset.test(text);
}

/**
 * Parses an instant in any form that Graph writes, such as `2025-7-18T09:08:04.451Z`, to epoch
 * milliseconds. Returns undefined for any other text and for a date that means "not set".
 */
export function lenientInstantMs(text: string | null): number | undefined {
  const parts = instantPattern.exec(text ?? '');
  if (parts === null || isUnsetInstant(parts[0])) return undefined;
  const [
    ,
    year = '',
    month = '',
    day = '',
    hour = '',
    minute = '',
    second = '',
    fraction = '',
    zone = '',
  ] = parts;
  const two = (part: string): string => part.padStart(2, '0');
  const ms = Date.parse(
    `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}.${fraction.slice(0, 3).padEnd(3, '0')}${zone.toUpperCase()}`,
  );
  return Number.isNaN(ms) ? undefined : ms;
}

/** Replaces the addresses of people in a text by `(address)`, including percent-encoded ones. */
export function maskAddresses(text: string): string {
  return text.replace(/[^\s"<>(),;:=]+(?:@|%40)[^\s"<>(),;:]+/gi, '(address)');
}

/**
 * Returns whether a text is well formed and has no control characters, so that rows, logs and
 * spreadsheets can hold it.
 */
export function isPlainText(text: string): boolean {
  return text.isWellFormed() && !/\p{Cc}/u.test(text);
}

/** Returns whether a text with several lines is plain text. */
export function isPlainLines(text: string): boolean {
  return isPlainText(text.replaceAll(/[\t\r\n]/g, ' '));
}

/** The message for a text that is not plain. */
export const notPlainText = 'must not contain control characters or unpaired surrogates';

// Printable ASCII, which includes every character of a user principal name, and letters, marks and
// digits of any script.
const isAllowed = /[\x20-\x7e\p{L}\p{M}\p{Nd}]/u;
const isInvisible = /\p{Default_Ignorable_Code_Point}/u;
const isLatin = /\p{Script=Latin}/u;
const isOfNoScript = /\p{Script=Common}|\p{Script=Inherited}/u;

/**
 * Returns why a text cannot name a person, or undefined. Characters that make a name appear to be
 * another one are rejected.
 */
function faultOf(name: string): string | undefined {
  for (const character of name) {
    if (!isAllowed.test(character) || isInvisible.test(character))
      return `contains ${codePointOf(character)}, which is not allowed in the name of a person: use letters, digits, spaces and ASCII punctuation`;
  }
  for (const [word] of name.matchAll(/[\p{L}\p{M}]+/gu)) {
    const letters = Array.from(word).filter((letter) => !isOfNoScript.test(letter));
    const foreign = letters.find((letter) => !isLatin.test(letter));
    if (foreign !== undefined && letters.some((letter) => isLatin.test(letter)))
      return `mixes Latin letters with ${codePointOf(foreign)}, which can look like one: write each word in one script`;
  }
  return undefined;
}

function codePointOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** A person's name, as a caller gives it. */
export const personNameSchema = z
  .string()
  .min(1)
  .max(256)
  .refine(isPlainText, { message: notPlainText, abort: true })
  .superRefine((name, context) => {
    const fault = name.trim() === '' ? 'must name a person' : faultOf(name);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  });

/** Removes the fraction of an instant, as it is sent to Graph: its examples have whole seconds. */
export function wholeSeconds(instant: string): string {
  return new Date(instant).toISOString().replace(/\.\d+Z$/, 'Z');
}
