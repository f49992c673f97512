import { type HttpRequest, type HttpResponseInit, InvocationContext } from '@azure/functions';
import type { Authentication } from '../shared/config/config.ts';
import type { ConfigError } from '../shared/config/configError.ts';
import type { Role } from '../shared/contracts/role.ts';
import { type Principal, principalOf } from '../shared/http/principal.ts';
import { problemResponse } from '../shared/http/problemResponse.ts';
import { isStorageUnavailable } from '../shared/storage/storageLimits.ts';

type Handler<Rest extends readonly unknown[]> = (
  request: HttpRequest,
  ...rest: Rest
) => HttpResponseInit | Promise<HttpResponseInit>;

/** What decides who may call a route, and whether it works at all. */
export interface Access {
  /** How callers prove who they are. */
  readonly authentication: Authentication;
  /** With Entra, the tenants that callers may be of. */
  readonly allowedTenants: readonly string[];
  /** The settings that are wrong; every route answers 503 then. Left out where none is. */
  readonly misconfigured?: ConfigError['problems'];
}

const retryAfterSeconds = 10;
const longestText = 4_000;

/**
 * Lets in who may call a route: with function keys the platform has looked at the key before; with Entra the platform has
 * signed the caller in, and the role is looked at here. What the handler throws becomes a problem.
 */
export function guard<Rest extends readonly unknown[]>(
  { authentication, allowedTenants, misconfigured }: Access,
  role: Role,
  handler: Handler<Rest>,
): { readonly authLevel: 'function' | 'anonymous'; readonly handler: Handler<Rest> } {
  if (authentication === 'functionKey')
    return {
      authLevel: 'function',
      handler:
        misconfigured === undefined
          ? answered(handler)
          : () => misconfiguredProblem(misconfigured, true),
    };
  // Of which tenants callers may be is not known then: nobody is let in, and all are told the same.
  if (misconfigured !== undefined) return openToAll({ misconfigured }, handler);
  const answer = answered(handler);
  return {
    authLevel: 'anonymous',
    handler: (request, ...rest) => {
      const principal = principalOf(request);
      if (principal === undefined)
        return problemResponse(401, 'signInNeeded', 'sign in: send a token of Entra for this app');
      if (!allowedTenants.includes(principal.tenantId))
        return problemResponse(
          403,
          'tenantNotAllowed',
          'the caller is of a tenant that this app does not let in (ALLOWED_TENANTS)',
        );
      if (!principal.roles.includes(role))
        return problemResponse(403, 'roleMissing', `the caller needs the app role ${role}`);
      return answer(request, ...rest);
    },
  };
}

/** A route that is open to all. What the handler throws becomes a problem. */
export function openToAll<Rest extends readonly unknown[]>(
  { misconfigured }: Pick<Access, 'misconfigured'>,
  handler: Handler<Rest>,
): { readonly authLevel: 'anonymous'; readonly handler: Handler<Rest> } {
  return {
    authLevel: 'anonymous',
    handler:
      misconfigured === undefined
        ? answered(handler)
        : () => misconfiguredProblem(misconfigured, false),
  };
}

/** Who calls, where the platform vouches for it; undefined with function keys, which say nothing about who holds them. */
export function callerOf(
  request: HttpRequest,
  { authentication }: Pick<Access, 'authentication'>,
): Principal | undefined {
  return authentication === 'entra' ? principalOf(request) : undefined;
}

/** 503 that names the wrong settings, never their values; what is wrong with them is for those only who may call the route. */
function misconfiguredProblem(
  problems: ConfigError['problems'],
  isTold: boolean,
): HttpResponseInit {
  const names = [...new Set(problems.map(({ setting }) => setting))].join(', ');
  const errors = problems.map(({ setting, message }) => ({ path: setting, message }));
  return problemResponse(
    503,
    'misconfigured',
    `the app does no work: these settings are wrong: ${names}; the log of its start has the reasons`,
    isTold ? errors : undefined,
  );
}

/** A handler that never throws: 503 while storage is out of reach, else 500 with the operation id under which the log has the error. */
function answered<Rest extends readonly unknown[]>(handler: Handler<Rest>): Handler<Rest> {
  return async (request, ...rest) => {
    try {
      return await handler(request, ...rest);
    } catch (error) {
      const context = rest.find((one) => one instanceof InvocationContext);
      const operationId = context?.invocationId ?? 'none';
      const isPassing = isStorageUnavailable(error);
      context?.error(
        `operation ${operationId}: ${isPassing ? 'storage is out of reach' : 'an unexpected error'}: ${textOf(error)}`,
      );
      if (!isPassing)
        return problemResponse(
          500,
          'internalError',
          `the app has failed unexpectedly; the log has the reason under the operation id ${operationId}`,
        );
      const detail = `storage is out of reach; send the request again in ${String(retryAfterSeconds)} seconds: nothing is done twice (operation id ${operationId})`;
      return problemResponse(503, 'storageUnavailable', detail, undefined, {
        'retry-after': String(retryAfterSeconds),
      });
    }
  };
}

/** The stacks of an error and its causes: what else an error carries may name people. */
function textOf(error: unknown): string {
  if (!(error instanceof Error))
    return typeof error === 'string'
      ? error.slice(0, longestText)
      : 'a value that is no Error was thrown';
  const text = error.stack ?? error.message;
  return (error.cause === undefined ? text : `${text}\ncaused by ${textOf(error.cause)}`).slice(
    0,
    longestText,
  );
}
