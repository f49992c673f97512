import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { GraphError, type GraphResponse } from './graphResponse.ts';
import { parseJson } from './json.ts';
import { type Permission, permissions, type Scenario } from './scenario.ts';

const claimsSchema = z.object({
  tid: z.string(),
  appid: z.string(),
  roles: z.array(z.string()),
  exp: z.number(),
});

// The key is not a secret: the tokens are valid at emulators only. They stay valid after a restart.
const sign = (payload: string): string =>
  createHmac('sha256', 'emulator').update(payload).digest('base64url');

/** Handles the token endpoint `POST /{tenant}/oauth2/v2.0/token` (OAuth 2.0 client credentials). */
export function issueToken(
  tenantId: string,
  form: URLSearchParams,
  scenario: Scenario,
  nowMs: number,
): GraphResponse {
  const clientId = form.get('client_id')?.toLowerCase();
  const oauthError = (error: string, error_description: string, status = 400): GraphResponse => ({
    status,
    body: { error, error_description },
  });
  if (form.get('grant_type') !== 'client_credentials')
    return oauthError('unsupported_grant_type', 'only client_credentials');
  if (clientId === undefined || !z.guid().safeParse(clientId).success)
    return oauthError('invalid_client', 'client_id must be a GUID');
  if (form.get('scope')?.endsWith('/.default') !== true)
    return oauthError('invalid_scope', 'scope must end in /.default');
  if (!form.has('client_secret') && !form.has('client_assertion'))
    return oauthError('invalid_client', 'client_secret or client_assertion is missing', 401);
  if (tenantId !== scenario.targetTenantId && !scenario.sourceTenantIds.includes(tenantId))
    return oauthError('invalid_request', `tenant ${tenantId} does not exist`);
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

/** The app that sent a request, and the tenant of its token. */
export interface Caller {
  readonly tenantId: string;
  readonly clientId: string;
  readonly roles: readonly string[];
}

type Claims = z.infer<typeof claimsSchema>;

// A caller sends the same token with every call until it expires.
let latest: { readonly token: string; readonly claims: Claims } | undefined;

/** Returns the claims of a token; undefined when the emulator did not sign it. */
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

/** Checks the signature and the expiry of a token. Throws a GraphError with 401. */
export function authenticate(authorization: string | undefined, nowMs: number): Caller {
  const unauthorized = (message: string): GraphError =>
    new GraphError(401, 'InvalidAuthenticationToken', message, [], {
      'www-authenticate': 'Bearer realm="", authorization_uri="/common/oauth2/authorize"',
    });
  const claims = signedClaims(/^Bearer (.+)$/i.exec(authorization ?? '')?.[1] ?? '');
  if (claims === undefined) throw unauthorized('Access token is empty or invalid.');
  if (claims.exp * 1000 <= nowMs)
    throw unauthorized('Lifetime validation failed, the token is expired.');
  return { tenantId: claims.tid, clientId: claims.appid, roles: claims.roles };
}

/**
 * Requires a token of one of the tenants with one of the permissions. Throws a GraphError with 403.
 * @param elsewhere the message for a token of another tenant
 */
export function requirePermission(
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
  if (!tenantIds.includes(caller.tenantId)) throw new GraphError(403, 'accessDenied', elsewhere);
  if (!anyOf.some((permission) => caller.roles.includes(permission)))
    throw new GraphError(
      403,
      'Authorization_RequestDenied',
      'Insufficient privileges to complete the operation.',
    );
}

/** Requires the permission to call a method of the job operations. Throws a GraphError with 403. */
export function requireJobPermission(
  caller: Caller,
  method: string,
  { targetTenantId }: Scenario,
): void {
  const anyOf: Permission[] = [
    'CrossTenantContentMigration.ReadWrite.All',
    ...(method === 'GET' ? (['CrossTenantContentMigration.Read.All'] as const) : []),
  ];
  requirePermission(caller, {
    tenantIds: [targetTenantId],
    elsewhere: 'Jobs are managed in the target tenant only.',
    anyOf,
  });
}
