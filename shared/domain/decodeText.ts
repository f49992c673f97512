/** Reads the text that was sent: without the byte order mark that some senders put before it. */
export function decodeText(text: string): string;
/**
 * Decodes bytes as UTF-8, or as the UTF-16 that their byte order mark announces, and leaves the mark out. Undefined for bytes
 * that are no text in that encoding.
 */
export function decodeText(source: string | Uint8Array): string | undefined;
export function decodeText(source: string | Uint8Array): string | undefined {
  // A library that has decoded the bytes leaves the mark as a character of its own, which no parser of JSON takes.
  if (typeof source === 'string') return source.replace(/^\uFEFF+/, '');
  try {
    return decodeText(new TextDecoder(encodingOf(source), { fatal: true }).decode(source));
  } catch {
    // The decoder throws for nothing but bytes that it cannot decode.
    return undefined;
  }
}

function encodingOf([first, second]: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}
