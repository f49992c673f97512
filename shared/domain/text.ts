/** What came of reading bytes as text; `reason` completes the sentence "the bytes are …". */
export type DecodedBytes =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string };

/** Removes the byte order mark that some senders put before a text. */
export function decodeText(text: string): string {
  // A library that has decoded the bytes leaves the mark as a character of its own, which no parser of JSON takes.
  return text.replace(/^\uFEFF+/, '');
}

/**
 * Decodes bytes as UTF-8, or as the UTF-16 that their byte order mark announces, and removes the mark. For other bytes the reason
 * names what they look like. This is the one decoder of what callers send: HTTP bodies, queue messages, request blobs.
 */
export function decodeBytes(bytes: Uint8Array): DecodedBytes {
  const encoding = encodingOf(bytes);
  if (encoding === 'utf-8') {
    const reason = lookalike(bytes);
    if (reason !== undefined) return { ok: false, reason };
  }
  try {
    return { ok: true, text: decodeText(new TextDecoder(encoding, { fatal: true }).decode(bytes)) };
  } catch {
    // The decoder throws only for bytes that it cannot decode.
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

/** What the first bytes say that is not UTF-8. No text of JSON or CSV holds a NUL, so one NUL of two bytes means UTF-16. */
function lookalike([first, second]: Uint8Array): string | undefined {
  if (first === undefined || second === undefined) return undefined;
  if (first === 0x1f && second === 0x8b) return 'compressed with gzip';
  return (first === 0) === (second === 0)
    ? undefined
    : 'UTF-16 without a byte order mark, as Encoding.Unicode of .NET writes it';
}

/** The value that a text of JSON stands for, with or without a byte order mark; undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(decodeText(text));
  } catch {
    return undefined;
  }
}

const pattern =
  /^(\d{4})-(\d{1,2})-(\d{1,2})T(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,12}))?(Z|[+-]\d{2}:\d{2})$/i;

// The year 1 stands for a date that was never set; in a time zone west of its own it is shown as the last day before it.
const unset = /^000[01]-/;

/** True for the text of a date that means "not set" (`0001-01-01T00:00:00Z`, with any offset or fraction). */
export function isUnsetInstant(text: string): boolean {
  return unset.test(text);
}

/**
 * The epoch milliseconds of an instant as Graph writes it, also with an unpadded month (`2025-7-18T09:08:04.451Z`); undefined
 * for none, and for one that means "not set".
 */
export function lenientInstantMs(text: string | null): number | undefined {
  const parts = pattern.exec(text ?? '');
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

/** Masks the addresses of people in a text, percent-encoded ones as well. */
export function withoutAddresses(text: string): string {
  return text.replace(/[^\s"<>(),;:=]+(?:@|%40)[^\s"<>(),;:]+/gi, '(address)');
}
