import { z } from 'zod';
import { parseJson } from '../../../shared/domain/text.ts';
import { type OperationName, operationOf } from '../operationNames.ts';

/** A call as a fault plan looks at it. */
export interface FaultedCall {
  readonly operation: OperationName;
  readonly url: URL;
  /** Method, path and what is created there: a repetition of the call has the same, another call has not. */
  readonly key: string;
  /** From the token, or for a token from the path; null when there is none. */
  readonly tenantId: string | null;
  readonly clientId: string | null;
  /** What the token was requested with. */
  readonly claims: string | null;
  readonly nowMs: number;
}

const tokenSchema = z.object({ tid: z.string(), appid: z.string(), claims: z.string().optional() });

const namedSchema = z.object({ displayName: z.string() });

// A caller sends the same token with every call until it expires.
let latest:
  { readonly payload: string; readonly token: z.infer<typeof tokenSchema> | undefined } | undefined;

function tokenOf(payload: string): z.infer<typeof tokenSchema> | undefined {
  if (latest?.payload !== payload)
    latest = {
      payload,
      token: tokenSchema.safeParse(parseJson(Buffer.from(payload, 'base64url').toString('utf8')))
        .data,
    };
  return latest.token;
}

/**
 * Reads a call. Its token is not checked here: a fault may strike those who may do nothing, too.
 * @param body the text of its body, or an empty one
 */
export function faultedCall(request: Request, url: URL, body: string, nowMs: number): FaultedCall {
  const { method } = request;
  const operation = operationOf(method, url.pathname);
  const payload = /^Bearer ([^.]+)\./i.exec(request.headers.get('authorization') ?? '')?.[1] ?? '';
  const token = payload === '' ? undefined : tokenOf(payload);
  const pathTenant =
    operation === 'requestToken' ? (url.pathname.split('/')[1] ?? '').toLowerCase() : null;
  return {
    operation,
    url,
    // A job that is tried again has its name, but perhaps a later date.
    key: `${method} ${url.pathname.toLowerCase()} ${body === '' ? '' : (namedSchema.safeParse(parseJson(body)).data?.displayName ?? body)}`,
    tenantId: token?.tid ?? pathTenant,
    clientId: token?.appid ?? null,
    claims: token?.claims ?? null,
    nowMs,
  };
}
