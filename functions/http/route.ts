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
import type { PageOf } from '../../shared/contracts/answers.ts';
import { problemCodes } from '../../shared/contracts/problem.ts';
import { parseJson } from '../../shared/domain/text.ts';
import { type Principal, principalOf, type Role } from '../../shared/http/auth.ts';
import { type Body, idempotencyKeySchema, readBody } from '../../shared/http/body.ts';
import { nextLink } from '../../shared/http/paging.ts';
import { problemFields, problemResponse } from '../../shared/http/problems.ts';
import { InvalidContinuationTokenError } from '../../shared/storage/pages.ts';
import { isStorageUnavailable } from '../../shared/storage/limits.ts';
import type { Page } from '../../shared/storage/pages.ts';

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
const maxErrorTextChars = 4_000;

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
          ? withProblems(handler)
          : () => misconfiguredProblem(misconfigured, true),
    };
  // Of which tenants callers may be is not known then: nobody is let in, and all are told the same.
  if (misconfigured !== undefined) return openToAll({ misconfigured }, handler);
  const guarded = withProblems(handler);
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
      return guarded(request, ...rest);
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
        ? withProblems(handler)
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
  showsErrors: boolean,
): HttpResponseInit {
  const names = [...new Set(problems.map(({ setting }) => setting))].join(', ');
  const errors = problems.map(({ setting, message }) => ({ path: setting, message }));
  return problemResponse(
    503,
    'misconfigured',
    `the app does no work: these settings are wrong: ${names}; the log of its start has the reasons`,
    showsErrors ? errors : undefined,
  );
}

/** A handler that never throws: 503 while storage is out of reach, else 500 with the operation id under which the log has the error. */
function withProblems<Rest extends readonly unknown[]>(handler: Handler<Rest>): Handler<Rest> {
  return async (request, ...rest) => {
    try {
      return await handler(request, ...rest);
    } catch (error) {
      const context = rest.find((one) => one instanceof InvocationContext);
      const operationId = context?.invocationId ?? 'none';
      const isStorageError = isStorageUnavailable(error);
      context?.error(
        `operation ${operationId}: ${isStorageError ? 'storage is out of reach' : 'an unexpected error'}: ${errorText(error)}`,
      );
      if (!isStorageError)
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
function errorText(error: unknown): string {
  if (!(error instanceof Error))
    return typeof error === 'string'
      ? error.slice(0, maxErrorTextChars)
      : 'a value that is no Error was thrown';
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

/** Registers a route whose handler starts orchestrations or raises events. Where settings are wrong it has no Durable client: the route only says so then. */
export function registerClientRoute(
  access: Access,
  name: string,
  { role, handler, ...where }: ClientRoute,
): void {
  if (access.misconfigured === undefined)
    df.app.client.http(name, { ...where, ...guard(access, role, handler) });
  else app.http(name, { ...where, ...guard(access, role, () => ({ status: 503 })) });
}

/** The address of a migration on the host, and under the prefix, that a request has come to. */
export function migrationUrl(requestUrl: string, migrationId: string): string {
  const { origin, pathname } = new URL(requestUrl);
  return `${origin}${pathname.replace(/\/(migrations|rejections)(\/.*)?$/i, '')}/migrations/${migrationId}`;
}

/** Answers a paged list as `{ "value": [...], "nextLink"? }`; a bad query member is a 400 that names it. */
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
    return problemResponse(400, 'invalidQuery', 'the query has bad members', [
      {
        path: 'continuationToken',
        message: 'is not a token of this list; take it from nextLink, unchanged',
      },
    ]);
  }
}

/** Parses the query of a request, without the function key. */
export function parseQuery<Schema extends z.ZodType>(
  request: HttpRequest,
  schema: Schema,
):
  | { readonly ok: true; readonly value: z.infer<Schema> }
  | { readonly ok: false; readonly problem: HttpResponseInit } {
  const members = Object.fromEntries([...request.query].filter(([name]) => name !== 'code'));
  const parsed = schema.safeParse(members);
  if (parsed.success) return { ok: true, value: parsed.data };
  return {
    ok: false,
    problem: problemResponse(
      400,
      'invalidQuery',
      'the query has bad members',
      problemFields(parsed.error),
    ),
  };
}

/** The body of a command as its schema has it, or the problem to answer with. A command without a body has an empty one. */
export async function parseBody<Schema extends z.ZodType>(
  schema: Schema,
  request: HttpRequest,
  maxRequestBytes: number,
): Promise<
  | { readonly ok: true; readonly value: z.output<Schema> }
  | { readonly ok: false; readonly problem: HttpResponseInit }
> {
  const body = await readBody(request, maxRequestBytes);
  if (!body.ok && body.code !== 'bodyMissing') return { ok: false, problem: bodyProblem(body) };
  const parsed = schema.safeParse(body.ok ? parseJson(body.text) : {});
  if (!parsed.success)
    return {
      ok: false,
      problem: problemResponse(
        400,
        'invalidRequest',
        'the body has bad fields',
        problemFields(parsed.error),
      ),
    };
  return { ok: true, value: parsed.data };
}

/** The problem to answer with when a body cannot be read. */
export function bodyProblem({ code, reason }: Extract<Body, { ok: false }>): HttpResponseInit {
  return problemResponse(problemCodes[code].status, code, reason, [{ path: '', message: reason }]);
}

const idempotencyKeyHeaderSchema = idempotencyKeySchema.optional();

/** The caller's idempotency key, undefined when the request has none, or the 400 to answer with when it is not usable. */
export function idempotencyKeyOf(
  request: HttpRequest,
):
  | { readonly ok: true; readonly value: string | undefined }
  | { readonly ok: false; readonly problem: HttpResponseInit } {
  const parsed = idempotencyKeyHeaderSchema.safeParse(
    request.headers.get('idempotency-key') ?? undefined,
  );
  if (parsed.success) return { ok: true, value: parsed.data };
  const errors = problemFields(parsed.error).map(({ message }) => ({
    path: 'Idempotency-Key',
    message,
  }));
  return {
    ok: false,
    problem: problemResponse(
      400,
      'invalidRequest',
      'the header Idempotency-Key is not usable',
      errors,
    ),
  };
}
