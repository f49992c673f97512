import type { HttpRequest } from '@azure/functions';
import { z } from 'zod';
import { decodeBytes } from '../domain/text.ts';

/** The result of reading a body. `reason` says what is wrong and what to do. */
export type Body =
  | { readonly ok: true; readonly text: string }
  | {
      readonly ok: false;
      readonly code: 'bodyMissing' | 'lengthRequired' | 'requestTooLarge' | 'notUtf8';
      readonly reason: string;
    };

/**
 * Reads a request body of at most `maxBytes` as text. A larger body is rejected without reading all
 * of it.
 */
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
        'the body was sent with Transfer-Encoding: chunked, which the platform does not pass to the app; send it with Content-Length',
    };
  }
  if (size === 0)
    return {
      ok: false,
      code: 'bodyMissing',
      reason: 'the request has no body; send a migration request as JSON',
    };
  const decoded = decodeBytes(Buffer.concat(chunks));
  return decoded.ok
    ? decoded
    : {
        ok: false,
        code: 'notUtf8',
        reason: `the content of the body is ${decoded.reason}; send JSON in UTF-8`,
      };
}

/**
 * Returns true if the platform may have dropped a body: it drops chunked bodies without a length.
 */
function isChunked({ headers }: Pick<HttpRequest, 'headers'>): boolean {
  return (
    headers.get('content-length') === null &&
    /\bchunked\b/i.test(headers.get('transfer-encoding') ?? '')
  );
}

/** The header `Idempotency-Key`. The same key with the same content always has the same result. */
export const idempotencyKeySchema = z
  .string()
  .regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 printable ASCII characters without spaces');
