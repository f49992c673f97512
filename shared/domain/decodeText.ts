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
