import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { parseJson } from '../../shared/domain/text.ts';
import { type GraphAnswer, GraphRefusal } from './graphAnswer.ts';
import type { Scenario } from './scenario.ts';
import { type Permission, permissions } from './values.ts';

const claimsSchema = z.object({
  tid: z.string(),
  appid: z.string(),
  roles: z.array(z.string()),
  exp: z.number(),
});

// No secret: these tokens open nothing but this emulator, also after a restart of it.
const sign = (payload: string): string =>
  createHmac('sha256', 'emulator').update(payload).digest('base64url');

/** Answers the token endpoint `POST /{tenant}/oauth2/v2.0/token` (OAuth 2.0 client credentials). */
export function issueToken(
  tenantId: string,
  form: URLSearchParams,
  scenario: Scenario,
  nowMs: number,
): GraphAnswer {
  const clientId = form.get('client_id')?.toLowerCase();
  const bad = (error: string, error_description: string, status = 400): GraphAnswer => ({
    status,
    body: { error, error_description },
  });
  if (form.get('grant_type') !== 'client_credentials')
    return bad('unsupported_grant_type', 'only client_credentials');
  if (clientId === undefined || !z.guid().safeParse(clientId).success)
    return bad('invalid_client', 'client_id must be a GUID');
  if (form.get('scope')?.endsWith('/.default') !== true)
    return bad('invalid_scope', 'scope must end in /.default');
  if (!form.has('client_secret') && !form.has('client_assertion'))
    return bad('invalid_client', 'client_secret or client_assertion is missing', 401);
  if (tenantId !== scenario.targetTenantId && !scenario.sourceTenantIds.includes(tenantId))
    return bad('invalid_request', `tenant ${tenantId} does not exist here`);
  const roles =
    scenario.clients.find((client) => client.clientId === clientId)?.permissions ?? permissions;
  const exp = Math.floor(nowMs / 1000 + scenario.timings.token);
  const claims = form.get('claims') ?? undefined;
  const payload = Buffer.from(
    JSON.stringify({ tid: tenantId, appid: clientId, roles, exp, claims }),
  ).toString('base64url');
  return {
    status: 200,
    body: {
      token_type: 'Bearer',
      expires_in: scenario.timings.token,
      ext_expires_in: scenario.timings.token,
      access_token: `${payload}.${sign(payload)}`,
    },
  };
}

/** Who sent a request, and from which tenant. */
export interface Caller {
  readonly tenantId: string;
  readonly clientId: string;
  readonly roles: readonly string[];
}

type Claims = z.infer<typeof claimsSchema>;

// A caller sends the same token with every call until it expires.
let latest: { readonly token: string; readonly claims: Claims } | undefined;

/** What a token says; undefined when it was not signed here. */
function signedClaims(token: string): Claims | undefined {
  if (latest?.token === token) return latest.claims;
  const [payload = '', signature = ''] = token.split('.');
  const expected = Buffer.from(sign(payload));
  const given = Buffer.from(signature);
  if (payload === '' || given.length !== expected.length || !timingSafeEqual(given, expected))
    return undefined;
  const claims = claimsSchema.parse(parseJson(Buffer.from(payload, 'base64url').toString('utf8')));
  latest = { token, claims };
  return claims;
}

/** Checks a request's token: signed here and not expired. Throws a GraphRefusal with 401. */
export function authenticate(authorization: string | undefined, nowMs: number): Caller {
  const refuse = (message: string): GraphRefusal =>
    new GraphRefusal(401, 'InvalidAuthenticationToken', message, [], {
      'www-authenticate': 'Bearer realm="", authorization_uri="/common/oauth2/authorize"',
    });
  const claims = signedClaims(/^Bearer (.+)$/i.exec(authorization ?? '')?.[1] ?? '');
  if (claims === undefined) throw refuse('Access token is empty or invalid.');
  if (claims.exp * 1000 <= nowMs) throw refuse('Lifetime validation failed, the token is expired.');
  return { tenantId: claims.tid, clientId: claims.appid, roles: claims.roles };
}

/**
 * Lets a caller of one of the tenants with one of the permissions pass. Throws a GraphRefusal with 403 for others.
 * @param elsewhere what a caller of another tenant is told
 */
export function permit(
  caller: Caller,
  {
    tenantIds,
    elsewhere,
    anyOf,
  }: {
    readonly tenantIds: readonly string[];
    readonly elsewhere: string;
    readonly anyOf: readonly Permission[];
  },
): void {
  if (!tenantIds.includes(caller.tenantId)) throw new GraphRefusal(403, 'accessDenied', elsewhere);
  if (!anyOf.some((permission) => caller.roles.includes(permission)))
    throw new GraphRefusal(
      403,
      'Authorization_RequestDenied',
      'Insufficient privileges to complete the operation.',
    );
}

/** Lets a caller pass who may use a method of the jobs. Throws a GraphRefusal with 403. */
export function permitJobs(caller: Caller, method: string, { targetTenantId }: Scenario): void {
  const anyOf: Permission[] = [
    'CrossTenantContentMigration.ReadWrite.All',
    ...(method === 'GET' ? (['CrossTenantContentMigration.Read.All'] as const) : []),
  ];
  permit(caller, {
    tenantIds: [targetTenantId],
    elsewhere: 'Jobs are managed in the target tenant only.',
    anyOf,
  });
}
