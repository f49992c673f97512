import type { HttpRequest } from '@azure/functions';
import { z } from 'zod';
import { decodeBytes } from '../domain/text.ts';

/** What came of reading a body; `reason` tells the caller what to do. */
export type Body =
  | { readonly ok: true; readonly text: string }
  | {
      readonly ok: false;
      readonly code: 'bodyMissing' | 'lengthRequired' | 'requestTooLarge' | 'notUtf8';
      readonly reason: string;
    };

/** Reads a body of at most `maxBytes` as text; what is larger is refused before it is parsed, and not read to its end. */
export async function readBody(
  request: Pick<HttpRequest, 'headers' | 'body'>,
  maxBytes: number,
): Promise<Body> {
  const tooLarge: Body = {
    ok: false,
    code: 'requestTooLarge',
    reason: `the body is larger than ${String(maxBytes)} bytes; split the request, or raise MAX_REQUEST_BYTES`,
  };
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) return tooLarge;
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (request.body !== null) {
    const stream: AsyncIterable<Uint8Array> = request.body;
    for await (const chunk of stream) {
      size += chunk.byteLength;
      if (size > maxBytes) return tooLarge;
      chunks.push(chunk);
    }
  }
  if (size === 0 && isChunked(request)) {
    return {
      ok: false,
      code: 'lengthRequired',
      reason:
        'the body was sent in chunks (Transfer-Encoding: chunked), which do not reach the app; send it with a Content-Length',
    };
  }
  if (size === 0)
    return {
      ok: false,
      code: 'bodyMissing',
      reason: 'there is no body; send a migration request as JSON',
    };
  const decoded = decodeBytes(Buffer.concat(chunks));
  return decoded.ok
    ? decoded
    : {
        ok: false,
        code: 'notUtf8',
        reason: `the bytes of the body are ${decoded.reason}; send JSON in UTF-8`,
      };
}

/** Whether there may be a body that the platform has not handed over: it drops one that comes in chunks without a length. */
function isChunked({ headers }: Pick<HttpRequest, 'headers'>): boolean {
  return (
    headers.get('content-length') === null &&
    /\bchunked\b/i.test(headers.get('transfer-encoding') ?? '')
  );
}

/** The header `Idempotency-Key`: the same key and content always mean the same thing. */
export const idempotencyKeySchema = z
  .string()
  .regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 visible ASCII characters without blanks');
