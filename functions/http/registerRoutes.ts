import {
  app,
  type HttpMethod,
  type HttpRequest,
  type HttpResponseInit,
  InvocationContext,
} from '@azure/functions';
import * as df from 'durable-functions';
import type { ConfigError } from '../../shared/config/config.ts';
import { guidSchema, migrationIdSchema } from '../../shared/contracts/ids.ts';
import type { Migration } from '../../shared/contracts/migration.ts';
import { httpPolicy } from '../../shared/domain/policies.ts';
import { type Principal, principalOf, type Role } from '../../shared/http/auth.ts';
import {
  idempotencyKeyOf,
  parseBody,
  parseQuery,
  readJson,
} from '../../shared/http/parseRequest.ts';
import { ProblemError, problemResponse } from '../../shared/http/problems.ts';
import { isStorageUnavailable } from '../../shared/storage/calls.ts';
import { InvalidContinuationTokenError } from '../../shared/storage/rows.ts';
import type { Access, Services } from '../services.ts';
import type { Route } from './route.ts';

type Handler<Rest extends readonly unknown[]> = (
  request: HttpRequest,
  ...rest: Rest
) => HttpResponseInit | Promise<HttpResponseInit>;

const maxErrorTextChars = 4_000;

/**
 * Registers the routes. Around every handler: access control, the idempotency key, the parameters
 * of the path, the query and the body, and a problem response for every error. If settings are
 * wrong, a route has no Durable client and only returns the problem.
 */
export function registerRoutes(routes: readonly Route[], services: Services): void {
  for (const route of routes) {
    const { name, method, head = false, role } = route;
    const methods: HttpMethod[] = head ? [method, 'HEAD'] : [method];
    const where = { route: route.path, methods };
    if (route.usesDurable === true && services.misconfigured === undefined)
      df.app.client.http(name, {
        ...where,
        ...guard<[df.DurableClient, InvocationContext]>(
          services,
          role,
          (request, client, context) => respond(route, request, context, services, { client }),
        ),
      });
    else
      app.http(name, {
        ...where,
        ...guard<[InvocationContext]>(services, role, (request, context) =>
          respond(route, request, context, services),
        ),
      });
  }
}

/** Checks a request as the row of its route demands, and calls the handler. */
async function respond(
  route: Route,
  request: HttpRequest,
  context: InvocationContext,
  services: Services,
  client: { readonly client?: df.DurableClient } = {},
): Promise<HttpResponseInit> {
  const { path, query, body, uncheckedBody } = route;
  const hasBody = body !== undefined || uncheckedBody !== undefined;
  const idempotencyKey = hasBody ? idempotencyKeyOf(request) : undefined;
  const migration = path.includes('{id}')
    ? { migration: await migrationOf(request, services) }
    : {};
  const taskId = path.includes('{taskId}') ? taskIdOf(request) : null;
  return route.handler({
    request,
    context,
    services,
    caller: callerOf(request, services),
    idempotencyKey,
    taskId,
    ...migration,
    ...client,
    query: query === undefined ? {} : parseQuery(request, query),
    body:
      body !== undefined
        ? await parseBody(request, body, services.maxRequestBytes)
        : hasBody
          ? await readJson(request, services.maxRequestBytes)
          : undefined,
  });
}

/** Returns the migration that the path names. The id is validated before storage is read. */
async function migrationOf(request: HttpRequest, { stores }: Services): Promise<Migration> {
  const id = migrationIdSchema.safeParse(request.params['id']);
  const migration = id.success ? await stores.migrations.get(id.data) : undefined;
  if (migration !== undefined) return migration;
  throw new ProblemError(
    'migrationNotFound',
    'there is no migration with this id; GET /migrations lists them',
  );
}

function taskIdOf(request: HttpRequest): string {
  const taskId = guidSchema.safeParse(request.params['taskId']);
  if (taskId.success) return taskId.data;
  throw new ProblemError(
    'taskNotFound',
    'the migration has no task with this id; GET /migrations/{id}/tasks lists its tasks',
  );
}

/**
 * Wraps a handler with access control. With function keys, the platform checks the key before the
 * handler runs. With Entra, the platform signs the caller in, and the tenant and role are checked
 * here. An error from the handler becomes a problem response.
 * @param role the role that the caller needs; null if the route is open to everyone
 */
export function guard<Rest extends readonly unknown[]>(
  { authentication, allowedTenants, misconfigured }: Access,
  role: Role | null,
  handler: Handler<Rest>,
): { readonly authLevel: 'function' | 'anonymous'; readonly handler: Handler<Rest> } {
  const needsKey = role !== null && authentication === 'functionKey';
  const authLevel = needsKey ? 'function' : 'anonymous';
  // ALLOWED_TENANTS may be one of the wrong settings: with Entra no caller is authorized, and all
  // get the same response.
  if (misconfigured !== undefined)
    return { authLevel, handler: () => misconfiguredProblem(misconfigured, needsKey) };
  const guarded = withProblems(handler);
  if (needsKey || role === null) return { authLevel, handler: guarded };
  return {
    authLevel,
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
 * Wraps a handler so that it never throws. It returns the problem of a refused request, 503 while
 * storage is unavailable, otherwise 500 with the operation id that the log entry has.
 */
function withProblems<Rest extends readonly unknown[]>(handler: Handler<Rest>): Handler<Rest> {
  return async (request, ...rest) => {
    try {
      return await handler(request, ...rest);
    } catch (error) {
      if (error instanceof ProblemError) return error.response;
      if (error instanceof InvalidContinuationTokenError) return invalidToken();
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
      const detail = `storage is unavailable; send the same request again in ${String(httpPolicy.retryAfterSeconds)} seconds, which is safe even if it was processed (operation id ${operationId})`;
      return problemResponse('storageUnavailable', detail, undefined, {
        'retry-after': String(httpPolicy.retryAfterSeconds),
      });
    }
  };
}

function invalidToken(): HttpResponseInit {
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
