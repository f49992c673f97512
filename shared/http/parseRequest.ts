import type { HttpRequest } from '@azure/functions';
import { z } from 'zod';
import type { ProblemCode } from '../contracts/problem.ts';
import { decodeBytes, parseJson } from '../contracts/text.ts';
import { ProblemError, problemFields } from './problems.ts';

/** The header `Idempotency-Key`. The same key with the same content always has the same result. */
export const idempotencyKeySchema = z
  .string()
  .regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 printable ASCII characters without spaces');

const idempotencyKeyHeaderSchema = idempotencyKeySchema.optional();

/** Returns the idempotency key of a request, undefined if there is none. Refuses an invalid key. */
export function idempotencyKeyOf(request: Pick<HttpRequest, 'headers'>): string | undefined {
  const parsed = idempotencyKeyHeaderSchema.safeParse(
    request.headers.get('idempotency-key') ?? undefined,
  );
  if (parsed.success) return parsed.data;
  throw new ProblemError(
    'invalidRequest',
    'the header Idempotency-Key is invalid; errors says why',
    problemFields(parsed.error).map(({ message }) => ({ path: 'Idempotency-Key', message })),
  );
}

/** Parses the query of a request, without the function key. Refuses a query with bad parameters. */
export function parseQuery<Schema extends z.ZodType>(
  request: Pick<HttpRequest, 'query'>,
  schema: Schema,
): z.output<Schema> {
  const members = Object.fromEntries([...request.query].filter(([name]) => name !== 'code'));
  const parsed = schema.safeParse(members);
  if (parsed.success) return parsed.data;
  throw new ProblemError(
    'invalidQuery',
    'the query has bad parameters; errors lists each of them',
    problemFields(parsed.error),
  );
}

/**
 * Parses the body of a request. An absent body is treated as an empty object. Refuses a body that
 * cannot be read or does not match the schema.
 */
export async function parseBody<Schema extends z.ZodType>(
  request: Pick<HttpRequest, 'headers' | 'body'>,
  schema: Schema,
  maxBytes: number,
): Promise<z.output<Schema>> {
  const parsed = schema.safeParse(await readJson(request, maxBytes, {}));
  if (parsed.success) return parsed.data;
  throw new ProblemError(
    'invalidRequest',
    'the body has bad fields; errors lists each of them',
    problemFields(parsed.error),
  );
}

/**
 * Reads the body of a request as JSON. Refuses a body that is not JSON.
 * @param ifAbsent what an absent body is treated as; without it, an absent body is refused
 */
export async function readJson(
  request: Pick<HttpRequest, 'headers' | 'body'>,
  maxBytes: number,
  ifAbsent?: object,
): Promise<unknown> {
  const refusal = (code: ProblemCode, reason: string): ProblemError =>
    new ProblemError(code, reason, [{ path: '', message: reason }]);
  const body = await readBody(request, maxBytes);
  if (!body.ok) {
    if (body.code === 'bodyMissing' && ifAbsent !== undefined) return ifAbsent;
    throw refusal(body.code, body.reason);
  }
  const value = parseJson(body.text);
  if (value === undefined)
    throw refusal(
      'notJson',
      `the body is not JSON; send ${ifAbsent === undefined ? 'a migration request as JSON' : 'a JSON object'}`,
    );
  return value;
}

/** The result of reading a body. `reason` says what is wrong and what to do. */
type Body =
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
