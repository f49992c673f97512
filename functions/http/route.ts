import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import type { DurableClient } from 'durable-functions';
import { z } from 'zod';
import type { Migration } from '../../shared/contracts/migration.ts';
import type { ProblemCode } from '../../shared/contracts/problem.ts';
import type { PageOf } from '../../shared/contracts/responses.ts';
import type { Principal, Role } from '../../shared/http/auth.ts';
import type { Page } from '../../shared/storage/rows.ts';
import type { Services } from '../services.ts';

/** What the handler of every route receives. */
export interface Call {
  readonly request: HttpRequest;
  readonly context: InvocationContext;
  readonly services: Services;
  /** The authenticated caller; undefined with function keys, which do not identify the caller. */
  readonly caller: Principal | undefined;
  /** The idempotency key of a request with a body, if the caller sent one. */
  readonly idempotencyKey: string | undefined;
  /** The id in a path with `{taskId}`, otherwise null. */
  readonly taskId: string | null;
}

/** What the handler of a path with `{id}` receives: the migration exists. */
export interface OfMigration {
  readonly migration: Migration;
}

/** What the handler of a route with `usesDurable` receives. */
export interface WithClient {
  readonly client: DurableClient;
}

type CallOf<
  Path extends string,
  Query extends z.ZodType,
  Body extends z.ZodType,
  UsesDurable extends boolean,
> = Call & {
  readonly query: z.output<Query>;
  readonly body: z.output<Body>;
} & (Path extends `${string}{id}${string}` ? OfMigration : unknown) &
  (UsesDurable extends true ? WithClient : unknown);

/** The response to a request that succeeded, with one status. */
export interface RouteResponse {
  readonly description: string;
  /** The body by media type. Absent if there is no body. */
  readonly content?: Readonly<Record<string, z.ZodType>>;
  /** The headers that the response always has. */
  readonly headers?: z.ZodObject;
}

/** The groups of routes, in the order of the OpenAPI document. */
export const tags = {
  migrations: 'Create migrations and read their status.',
  tasks: 'The users, OneDrives, groups and sites of a migration, each with its outcome.',
  commands:
    'Commands for a running migration. A command is stored first and handled afterwards; the response contains its state so far.',
  app: 'The app itself: health, freezes, rejected messages.',
} as const;

/** A row of the table of routes. */
interface Row<
  Path extends string,
  Query extends z.ZodType,
  Body extends z.ZodType,
  UsesDurable extends boolean,
> {
  /** The name of the function, and the id of the operation in the OpenAPI document. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** Whether the route also supports HEAD, with the same status and headers and no body. */
  readonly head?: boolean;
  /**
   * Without the prefix `api`. Parameters are checked before the handler runs: `{id}` must be the id
   * of a migration, `{taskId}` a GUID.
   */
  readonly path: Path;
  /** The app role that a caller needs if the app uses Entra; null for a route open to everyone. */
  readonly role: Role | null;
  readonly tag: keyof typeof tags;
  readonly summary: string;
  readonly description?: string;
  /** Whether the handler starts orchestrations or raises events. */
  readonly usesDurable?: UsesDurable;
  readonly query?: Query;
  /** The body. It may be absent if none of its members is required. */
  readonly body?: Body;
  /** The body of a route whose handler receives the JSON unchecked and validates it itself. */
  readonly uncheckedBody?: {
    readonly schema: z.ZodType;
    readonly examples: Readonly<Record<string, unknown>>;
  };
  /** Request headers that only the OpenAPI document needs to know. */
  readonly headers?: z.ZodObject;
  readonly responses: Readonly<Record<number, RouteResponse>>;
  /** The problems of this route, without those that follow from its role, path, query and body. */
  readonly problems?: readonly ProblemCode[];
  // A method, so that a handler may require what only its own row gives.
  handler(
    call: CallOf<Path, Query, Body, UsesDurable>,
  ): HttpResponseInit | Promise<HttpResponseInit>;
}

export type Route = Row<string, z.ZodObject, z.ZodType, boolean>;

/** Checks that a row gives its handler what the handler requires, and returns the row. */
export function route<
  const Path extends string,
  Query extends z.ZodObject,
  Body extends z.ZodType,
  UsesDurable extends boolean = false,
>(row: Row<Path, Query, Body, UsesDurable>): Route;
export function route(row: Route): Route {
  return row;
}

/** The headers of an response that refers to what the request has created. */
export const locationHeader = z.object({ Location: z.url() });

/** Returns a JSON response of a row. */
export function json(description: string, schema: z.ZodType, headers?: z.ZodObject): RouteResponse {
  return {
    description,
    content: { 'application/json': schema },
    ...(headers === undefined ? {} : { headers }),
  };
}

/**
 * The problems that follow from a part of a row. With function keys, the platform returns its own
 * 401 without a body.
 */
const impliedProblems = {
  role: [
    'signInNeeded',
    'tenantNotAllowed',
    'roleMissing',
    'internalError',
    'storageUnavailable',
    'misconfigured',
  ],
  noRole: ['misconfigured'],
  body: ['invalidRequest', 'notJson', 'notUtf8', 'lengthRequired', 'requestTooLarge'],
  query: ['invalidQuery'],
  id: ['migrationNotFound'],
  taskId: ['taskNotFound'],
} as const satisfies Readonly<Record<string, readonly ProblemCode[]>>;

/** Returns the codes of all problems that a route may return. */
export function problemsOf({
  path,
  role,
  query,
  body,
  uncheckedBody,
  problems = [],
}: Route): readonly ProblemCode[] {
  return [
    ...(body === undefined && uncheckedBody === undefined ? [] : impliedProblems.body),
    ...(uncheckedBody === undefined ? [] : (['bodyMissing'] as const)),
    ...(query === undefined ? [] : impliedProblems.query),
    ...(path.includes('{id}') ? impliedProblems.id : []),
    ...(path.includes('{taskId}') ? impliedProblems.taskId : []),
    ...problems,
    ...(role === null ? impliedProblems.noRole : impliedProblems.role),
  ];
}

/** Returns the schema of the query parameters that every list supports. */
export function pageQuerySchema(defaultPageSize: number, maxPageSize: number) {
  return z.strictObject({
    pageSize: z.coerce.number().int().min(1).max(maxPageSize).default(defaultPageSize),
    continuationToken: z.string().max(2_000).optional(),
  });
}

/** Returns a page of a list as `{ "value": [...], "nextLink"? }`. */
export function pageResponse<Item>(
  request: HttpRequest,
  { items, continuationToken: next }: Page<Item>,
): HttpResponseInit {
  const page: PageOf<Item> = {
    value: [...items],
    ...(next === undefined ? {} : { nextLink: nextLink(request.url, next) }),
  };
  return { jsonBody: page };
}

/**
 * Returns the address of the next page: the address of the request with the token set, without the
 * function key.
 */
function nextLink(requestUrl: string, continuationToken: string): string {
  const url = new URL(requestUrl);
  url.searchParams.delete('code');
  url.searchParams.set('continuationToken', continuationToken);
  return url.href;
}

/** Returns the address of a migration, with the host and prefix of the request. */
export function migrationUrl(requestUrl: string, migrationId: string): string {
  const { origin, pathname } = new URL(requestUrl);
  return `${origin}${pathname.replace(/\/(migrations|rejections)(\/.*)?$/i, '')}/migrations/${migrationId}`;
}
