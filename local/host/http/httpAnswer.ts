import { z } from 'zod';
import type { InvocationOutcome } from '../invocation/invocation.ts';
import { cookieHeader, cookieSchema } from './cookieHeader.ts';

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
