import {
  app,
  type HttpMethod,
  type HttpRequest,
  type HttpResponseInit,
  InvocationContext,
} from '@azure/functions';
import * as df from 'durable-functions';
import type { z } from 'zod';
import type { Authentication, ConfigError } from '../../shared/config/config.ts';
import type { PageOf } from '../../shared/contracts/responses.ts';
import { type Principal, principalOf, type Role } from '../../shared/http/auth.ts';
import { nextLink } from '../../shared/http/paging.ts';
import { problemResponse } from '../../shared/http/problems.ts';
import { isStorageUnavailable } from '../../shared/storage/limits.ts';
import { InvalidContinuationTokenError, type Page } from '../../shared/storage/pages.ts';
import { parseQuery } from './parseRequest.ts';

type Handler<Rest extends readonly unknown[]> = (
  request: HttpRequest,
  ...rest: Rest
) => HttpResponseInit | Promise<HttpResponseInit>;

/** The settings that control who may call a route. */
export interface Access {
  /** How callers authenticate. */
  readonly authentication: Authentication;
  /** With Entra: the tenants whose users and apps may call. */
  readonly allowedTenants: readonly string[];
  /** The settings that are wrong. Every route returns 503 then. Absent if all are right. */
  readonly misconfigured?: ConfigError['problems'];
}

const retryAfterSeconds = 10;
const maxErrorTextChars = 4_000;

/**
 * Wraps a handler with access control. With function keys, the platform checks the key before the
 * handler runs. With Entra, the platform signs the caller in, and the tenant and role are checked
 * here. An error from the handler becomes a problem response.
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
          ? withProblems(handler)
          : () => misconfiguredProblem(misconfigured, true),
    };
  // ALLOWED_TENANTS may be one of the wrong settings: no caller is authorized, and all get the same
  // response.
  if (misconfigured !== undefined) return openToAll({ misconfigured }, handler);
  const guarded = withProblems(handler);
  return {
    authLevel: 'anonymous',
    handler: (request, ...rest) => {
      const principal = principalOf(request);
      if (principal === undefined)
        return problemResponse('signInNeeded', 'sign in; send an Entra access token for this app');
      if (!allowedTenants.includes(principal.tenantId))
        return problemResponse(
          'tenantNotAllowed',
          'the tenant of the caller is not in ALLOWED_TENANTS; sign in with another tenant, or ask an administrator of the app to add this one',
        );
      if (!principal.roles.includes(role))
        return problemResponse(
          'roleMissing',
          `the caller does not have the app role ${role}; ask an administrator of the app to assign it`,
        );
      return guarded(request, ...rest);
    },
  };
}

/**
 * Wraps a handler that is open to everyone. An error from the handler becomes a problem response.
 */
export function openToAll<Rest extends readonly unknown[]>(
  { misconfigured }: Pick<Access, 'misconfigured'>,
  handler: Handler<Rest>,
): { readonly authLevel: 'anonymous'; readonly handler: Handler<Rest> } {
  return {
    authLevel: 'anonymous',
    handler:
      misconfigured === undefined
        ? withProblems(handler)
        : () => misconfiguredProblem(misconfigured, false),
  };
}

/**
 * Returns the authenticated caller; undefined with function keys, which do not identify the caller.
 */
export function callerOf(
  request: HttpRequest,
  { authentication }: Pick<Access, 'authentication'>,
): Principal | undefined {
  return authentication === 'entra' ? principalOf(request) : undefined;
}

/**
 * Returns a 503 that names the wrong settings, never their values. What is wrong with them is only
 * shown to callers who may call the route.
 */
function misconfiguredProblem(
  problems: ConfigError['problems'],
  showsErrors: boolean,
): HttpResponseInit {
  const names = [...new Set(problems.map(({ setting }) => setting))].join(', ');
  const errors = problems.map(({ setting, message }) => ({ path: setting, message }));
  return problemResponse(
    'misconfigured',
    `the app does not work because these settings are wrong: ${names}; the log of its start has the reasons`,
    showsErrors ? errors : undefined,
  );
}

/**
 * Wraps a handler so that it never throws. It returns 503 while storage is unavailable, otherwise
 * 500 with the operation id that the log entry has.
 */
function withProblems<Rest extends readonly unknown[]>(handler: Handler<Rest>): Handler<Rest> {
  return async (request, ...rest) => {
    try {
      return await handler(request, ...rest);
    } catch (error) {
      const context = rest.find((one) => one instanceof InvocationContext);
      const operationId = context?.invocationId ?? 'none';
      const isStorageError = isStorageUnavailable(error);
      context?.error(
        `operation ${operationId}: ${isStorageError ? 'storage is unavailable' : 'an unexpected error'}: ${errorText(error)}`,
      );
      if (!isStorageError)
        return problemResponse(
          'internalError',
          `an unexpected error occurred; find the reason in the log under the operation id ${operationId}`,
        );
      const detail = `storage is unavailable; send the same request again in ${String(retryAfterSeconds)} seconds, which is safe even if it was processed (operation id ${operationId})`;
      return problemResponse('storageUnavailable', detail, undefined, {
        'retry-after': String(retryAfterSeconds),
      });
    }
  };
}

/**
 * Returns the stacks of an error and its causes. Other members of an error may contain personal
 * data.
 */
function errorText(error: unknown): string {
  if (!(error instanceof Error))
    return typeof error === 'string'
      ? error.slice(0, maxErrorTextChars)
      : 'a value that is not an Error was thrown';
  const text = error.stack ?? error.message;
  return (error.cause === undefined ? text : `${text}\ncaused by ${errorText(error.cause)}`).slice(
    0,
    maxErrorTextChars,
  );
}

interface ClientRoute {
  readonly route: string;
  readonly methods: HttpMethod[];
  readonly role: Role;
  readonly handler: (
    request: HttpRequest,
    client: df.DurableClient,
    context: InvocationContext,
  ) => Promise<HttpResponseInit>;
}

/**
 * Registers a route whose handler starts orchestrations or raises events. If settings are wrong,
 * the route has no Durable client and only returns the problem.
 */
export function registerClientRoute(
  access: Access,
  name: string,
  { role, handler, ...where }: ClientRoute,
): void {
  if (access.misconfigured === undefined)
    df.app.client.http(name, { ...where, ...guard(access, role, handler) });
  else app.http(name, { ...where, ...guard(access, role, () => ({ status: 503 })) });
}

/** Returns the address of a migration, with the host and prefix of the request. */
export function migrationUrl(requestUrl: string, migrationId: string): string {
  const { origin, pathname } = new URL(requestUrl);
  return `${origin}${pathname.replace(/\/(migrations|rejections)(\/.*)?$/i, '')}/migrations/${migrationId}`;
}

/**
 * Returns a page of a list as `{ "value": [...], "nextLink"? }`, or a 400 that lists the bad query
 * parameters.
 */
export async function listResponse<Schema extends z.ZodType, Item>(
  request: HttpRequest,
  schema: Schema,
  load: (query: z.infer<Schema>) => Promise<Page<Item>>,
): Promise<HttpResponseInit> {
  const query = parseQuery(request, schema);
  if (!query.ok) return query.problem;
  try {
    const page = await load(query.value);
    const next = page.continuationToken;
    const guarded: PageOf<Item> = {
      value: [...page.items],
      ...(next === undefined ? {} : { nextLink: nextLink(request.url, next) }),
    };
    return { jsonBody: guarded };
  } catch (error) {
    if (!(error instanceof InvalidContinuationTokenError)) throw error;
    return problemResponse(
      'invalidQuery',
      'the query has bad parameters; errors lists each of them',
      [
        {
          path: 'continuationToken',
          message: 'is not a token of this list; copy it unchanged from nextLink',
        },
      ],
    );
  }
}
