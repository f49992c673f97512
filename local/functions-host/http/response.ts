import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { InvocationOutcome } from '../invocation/invocation.ts';

const seconds = z.union([z.number(), z.string().transform(Number)]);
const boxed = <T extends z.ZodType>(value: T) => z.looseObject({ value }).nullish();

/** A cookie of an HTTP response (Functions worker protocol). */
const cookieSchema = z.looseObject({
  name: z.string(),
  value: z.string(),
  domain: boxed(z.string()),
  path: boxed(z.string()),
  expires: boxed(z.looseObject({ seconds: seconds.nullish() })),
  secure: boxed(z.boolean()),
  httpOnly: boxed(z.boolean()),
  sameSite: z.string().nullish(),
  maxAge: boxed(z.number()),
});

/** Returns the value of a `Set-Cookie` header. The path is `/` unless the cookie has one. */
export function cookieHeader(cookie: z.infer<typeof cookieSchema>): string {
  const { name, value, domain, path, expires, secure, httpOnly, sameSite, maxAge } = cookie;
  const sites = new Map([
    ['lax', 'lax'],
    ['strict', 'strict'],
    ['explicitnone', 'none'],
  ]);
  const site = sites.get(sameSite?.toLowerCase() ?? '');
  const expiresSeconds = expires?.value.seconds;
  return [
    `${name}=${encodeURIComponent(value)}`,
    ...(expiresSeconds == null ? [] : [`expires=${new Date(expiresSeconds * 1000).toUTCString()}`]),
    ...(maxAge == null ? [] : [`max-age=${String(Math.trunc(maxAge.value))}`]),
    ...(domain == null ? [] : [`domain=${domain.value}`]),
    `path=${path?.value ?? '/'}`,
    ...(secure?.value === true ? ['secure'] : []),
    ...(site === undefined ? [] : [`samesite=${site}`]),
    ...(httpOnly?.value === true ? ['httponly'] : []),
  ].join('; ');
}

/** The response that the host sends to an HTTP caller. */
export interface HostResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
  /** Sent in the place of `body`, while it is written. */
  readonly stream?: Readable;
}

// The HTTP server sets the headers of a connection itself.
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'trailer',
  'te',
  'content-length',
]);
const nothing = Buffer.alloc(0);

const responseSchema = z.looseObject({
  statusCode: z.coerce.number().int().min(200).max(599),
  headers: z.record(z.string(), z.string()).nullish(),
  cookies: z.array(cookieSchema).nullish(),
  body: z
    .looseObject({ bytes: z.instanceof(Uint8Array).optional(), string: z.string().optional() })
    .nullish(),
});

/** Returns headers without those that belong to a connection. */
export function withoutHopByHop<T>(headers: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !hopByHop.has(name.toLowerCase())),
  );
}

/** Returns a response without a body. */
export function emptyResponse(status: number): HostResponse {
  return { status, headers: {}, body: nothing };
}

/** Returns a response with a JSON body. */
export function jsonResponse(status: number, value: unknown): HostResponse {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: Buffer.from(JSON.stringify(value)),
  };
}

/**
 * Returns the response of an HTTP function: 500 when it failed or a header is not ASCII, 204 when it
 * returned nothing (HTTP trigger binding).
 */
export function functionResponse(outcome: InvocationOutcome): HostResponse {
  if (!outcome.ok) return emptyResponse(500);
  if (outcome.returnValue?.http === undefined) return emptyResponse(204);
  const { statusCode, headers, cookies, body } = responseSchema.parse(outcome.returnValue.http);
  const ownHeaders = Object.entries(withoutHopByHop(headers ?? {}));
  if (ownHeaders.some(([, value]) => /[^\t\x20-\x7e]/.test(value))) return emptyResponse(500);
  const setCookies = (cookies ?? []).map(cookieHeader);
  return {
    status: statusCode,
    headers: {
      ...Object.fromEntries(ownHeaders),
      ...(setCookies.length === 0
        ? {}
        : {
            'set-cookie': [
              ...ownHeaders
                .filter(([name]) => name.toLowerCase() === 'set-cookie')
                .map(([, value]) => value),
              ...setCookies,
            ],
          }),
    },
    body: Buffer.from(body?.bytes ?? body?.string ?? nothing),
  };
}
