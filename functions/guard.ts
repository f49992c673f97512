import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import type { Authentication } from '../shared/config/config.ts';
import type { Role } from '../shared/contracts/role.ts';
import { type Principal, principalOf } from '../shared/http/principal.ts';
import { problemResponse } from '../shared/http/problemResponse.ts';

/** How callers prove who they are, and with Entra of which tenants they may be. */
export interface Doors {
  readonly authentication: Authentication;
  readonly allowedTenants: readonly string[];
}

type Handler<Rest extends readonly unknown[]> = (request: HttpRequest, ...rest: Rest) => HttpResponseInit | Promise<HttpResponseInit>;

/**
 * Lets in who may call a route: with function keys the platform has looked at the key before; with Entra the platform has
 * signed the caller in, and the role is looked at here.
 */
export function guard<Rest extends readonly unknown[]>(
  { authentication, allowedTenants }: Doors,
  role: Role,
  handler: Handler<Rest>,
): { readonly authLevel: 'function' | 'anonymous'; readonly handler: Handler<Rest> } {
  if (authentication === 'functionKey') return { authLevel: 'function', handler };
  return {
    authLevel: 'anonymous',
    handler: (request, ...rest) => {
      const principal = principalOf(request);
      if (principal === undefined) return problemResponse(401, 'signInNeeded', 'sign in: send a token of Entra for this app');
      if (!allowedTenants.includes(principal.tenantId)) return problemResponse(403, 'tenantNotAllowed', 'the caller is of a tenant that this app does not let in (ALLOWED_TENANTS)');
      if (!principal.roles.includes(role)) return problemResponse(403, 'roleMissing', `the caller needs the app role ${role}`);
      return handler(request, ...rest);
    },
  };
}

/** Who calls, where the platform vouches for it; undefined with function keys, which say nothing about who holds them. */
export function callerOf(request: HttpRequest, { authentication }: Pick<Doors, 'authentication'>): Principal | undefined {
  return authentication === 'entra' ? principalOf(request) : undefined;
}
