import { z } from 'zod';
import { parseJson } from '../json.ts';
import { type OperationName, operationOf } from '../operationNames.ts';

/** The properties of a call by which a fault plan selects it. */
export interface GraphCall {
  readonly operation: OperationName;
  readonly url: URL;
  /** Method, path and the name of what is created. A repetition of the call has the same key; any other call has another. */
  readonly key: string;
  /** From the token; for a token request from the path. null when there is none. */
  readonly tenantId: string | null;
  readonly clientId: string | null;
  /** The claims with which the token was requested. */
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
 * Reads the properties of a call. The token is not verified: faults also apply to calls without permission.
 * @param body the text of the body; empty for none
 */
export function readGraphCall(request: Request, url: URL, body: string, nowMs: number): GraphCall {
  const { method } = request;
  const operation = operationOf(method, url.pathname);
  const payload = /^Bearer ([^.]+)\./i.exec(request.headers.get('authorization') ?? '')?.[1] ?? '';
  const token = payload === '' ? undefined : tokenOf(payload);
  const pathTenant =
    operation === 'requestToken' ? (url.pathname.split('/')[1] ?? '').toLowerCase() : null;
  return {
    operation,
    url,
    // A repeated create has the same name, but may have a later date.
    key: `${method} ${url.pathname.toLowerCase()} ${body === '' ? '' : (namedSchema.safeParse(parseJson(body)).data?.displayName ?? body)}`,
    tenantId: token?.tid ?? pathTenant,
    clientId: token?.appid ?? null,
    claims: token?.claims ?? null,
    nowMs,
  };
}
