import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { InvocationOutcome } from '../invocation/invocation.ts';

const seconds = z.union([z.number(), z.string().transform(Number)]);
const boxed = <T extends z.ZodType>(value: T) => z.looseObject({ value }).nullish();

/** A cookie of an HTTP answer (Functions worker protocol). */
export const cookieSchema = z.looseObject({
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

/** The value of a `Set-Cookie` header; the path is `/` unless the cookie has one. */
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

/** What goes back over the wire. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
}

// A connection's own headers are the server's business.
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

/** An answer without a body. */
export function emptyAnswer(status: number): HttpAnswer {
  return { status, headers: {}, body: nothing };
}

/** An answer in JSON. */
export function jsonAnswer(status: number, value: unknown): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: Buffer.from(JSON.stringify(value)),
  };
}

/** The HTTP answer of an invocation: 500 when it failed, 204 when it returned nothing (HTTP trigger binding). */
export function httpAnswer(outcome: InvocationOutcome): HttpAnswer {
  if (!outcome.ok) return emptyAnswer(500);
  if (outcome.returnValue?.http === undefined) return emptyAnswer(204);
  const { statusCode, headers, cookies, body } = responseSchema.parse(outcome.returnValue.http);
  const kept = Object.entries(headers ?? {}).filter(([name]) => !hopByHop.has(name.toLowerCase()));
  const set = (cookies ?? []).map(cookieHeader);
  return {
    status: statusCode,
    headers: {
      ...Object.fromEntries(kept),
      ...(set.length === 0
        ? {}
        : {
            'set-cookie': [
              ...kept
                .filter(([name]) => name.toLowerCase() === 'set-cookie')
                .map(([, value]) => value),
              ...set,
            ],
          }),
    },
    body: Buffer.from(body?.bytes ?? body?.string ?? nothing),
  };
}

const maximumBytes = 104_857_600;

/** The whole body; undefined when it is longer than the 100 MB that the Functions host takes. Rejects when the client goes away. */
export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > maximumBytes) return undefined;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    if (!(chunk instanceof Buffer)) continue;
    length += chunk.length;
    if (length > maximumBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
