import { createHash } from 'node:crypto';
import type { HttpResponseInit } from '@azure/functions';
import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiMediaTypeObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiOverrideContext,
  type ZodOpenApiPathItemObject,
  type ZodOpenApiResponseObject,
} from 'zod-openapi';
import packageJson from '../../package.json' with { type: 'json' };
import { guidSchema, migrationIdSchema } from '../../shared/contracts/ids.ts';
import { type ProblemCode, problemCodes, problemSchema } from '../../shared/contracts/problem.ts';
import { namedSchemas } from '../../shared/http/namedSchemas.ts';
import { idempotencyKeySchema } from '../../shared/http/parseRequest.ts';
import { type Call, problemsOf, type Route, type RouteResponse, tags } from './route.ts';

type OpenApiDocument = ReturnType<typeof createDocument>;

const described = (description: string) => ({ param: { description } });
/** The path parameters by name. */
const pathParameters: Readonly<Record<string, z.ZodType>> = {
  id: migrationIdSchema.meta(described('the id of a migration')),
  taskId: guidSchema.meta(described('the id of a task of the migration')),
  rejectionId: z.string().min(1).max(200).meta(described('the id of a rejection')),
};

const keyHeader = z.object({ 'Idempotency-Key': idempotencyKeySchema.optional() });
const retryAfterHeader = z.object({
  'Retry-After': z
    .int()
    .optional()
    .meta({ header: { description: 'the seconds to wait; sent with `storageUnavailable`' } }),
});

const functionKeyDescription =
  'for apps that use function keys: a function key; with a wrong key the platform returns 401 without a body';

/** Returns the OpenAPI 3.1 document of the routes. */
export function openApiDocument(routes: readonly Route[]): OpenApiDocument {
  for (const [id, { schema, description }] of Object.entries(namedSchemas))
    z.globalRegistry.add(schema, { id, description });
  const paths: Record<string, ZodOpenApiPathItemObject> = {};
  for (const route of routes) {
    const methods = (paths[`/${route.path}`] ??= {});
    methods[methodOf[route.method]] = operationOf(route);
    if (route.head === true) methods.head = headOf(route);
  }
  const document = createDocument(
    {
      openapi: '3.1.1',
      info: {
        title: 'Tenant Ferry',
        version: packageJson.version,
        description: packageJson.description,
      },
      // Relative to the address of the document, because each deployment has its own.
      servers: [{ url: '/api', description: 'the function app that served this document' }],
      tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
      paths,
      components: {
        securitySchemes: {
          functionKeyHeader: {
            type: 'apiKey',
            in: 'header',
            name: 'x-functions-key',
            description: functionKeyDescription,
          },
          functionKeyQuery: {
            type: 'apiKey',
            in: 'query',
            name: 'code',
            description: functionKeyDescription,
          },
          entra: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description:
              'for apps that use Entra: an access token for the app, of a caller with the app role that the operation requires',
          },
        },
      },
    },
    { override: tidySchema },
  );
  describeMembers(document);
  return document;
}

const methodOf = { GET: 'get', POST: 'post', PATCH: 'patch' } as const;

function operationOf(route: Route): ZodOpenApiOperationObject {
  const { name, path, tag, summary, description, role, query, body, uncheckedBody } = route;
  const schema = body ?? uncheckedBody?.schema;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter = '']) => {
    const known = pathParameters[parameter];
    if (known === undefined)
      throw new Error(`the route ${name} has the parameter ${parameter}; add it to pathParameters`);
    return [parameter, known] as const;
  });
  const header = schema === undefined ? route.headers : keyHeader;
  const requestParams = {
    ...(inPath.length === 0 ? {} : { path: z.object(Object.fromEntries(inPath)) }),
    ...(query === undefined ? {} : { query }),
    ...(header === undefined ? {} : { header }),
  };
  return {
    operationId: name,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security:
      role === null ? [] : [{ functionKeyHeader: [] }, { functionKeyQuery: [] }, { entra: [role] }],
    ...(Object.keys(requestParams).length === 0 ? {} : { requestParams }),
    ...(schema === undefined
      ? {}
      : {
          requestBody: {
            required: body?.safeParse({}).success !== true,
            content: {
              'application/json': {
                schema,
                ...(uncheckedBody === undefined
                  ? {}
                  : { examples: mapValues(uncheckedBody.examples, (value) => ({ value })) }),
              },
            },
          },
        }),
    responses: responsesOf(route),
  };
}

/** Returns the HEAD operation: the same responses without bodies. */
function headOf(route: Route): ZodOpenApiOperationObject {
  return {
    ...operationOf(route),
    operationId: `${route.name}Head`,
    responses: mapValues(responsesOf(route), ({ content: _, ...response }) => response),
  };
}

/** Returns the responses by status. A status may have a body of its own and a problem. */
function responsesOf(route: Route): Record<`${2 | 3 | 4 | 5}${string}`, ZodOpenApiResponseObject> {
  const problems = Map.groupBy(problemsOf(route), (code) => problemCodes[code].status);
  const statuses = new Set([...Object.keys(route.responses).map(Number), ...problems.keys()]);
  return Object.fromEntries(
    [...statuses].map((status) => [
      String(status),
      responseOf(status, route.responses[status], problems.get(status) ?? []),
    ]),
  );
}

function responseOf(
  status: number,
  response: RouteResponse | undefined,
  codes: readonly ProblemCode[],
): ZodOpenApiResponseObject {
  const headers =
    response?.headers ?? (codes.includes('storageUnavailable') ? retryAfterHeader : undefined);
  const content: Record<string, ZodOpenApiMediaTypeObject> = mapValues(
    response?.content ?? {},
    (schema) => ({ schema }),
  );
  if (codes.length > 0)
    content['application/problem+json'] = {
      schema: z.intersection(
        problemSchema,
        z.looseObject({ status: z.literal(status), code: z.enum(codes) }),
      ),
    };
  return {
    description: [
      ...(response === undefined ? [] : [response.description]),
      ...codes.map((code) => `\`${code}\`: ${problemCodes[code].meaning}`),
    ].join('\n\n'),
    ...(headers === undefined ? {} : { headers }),
    ...(Object.keys(content).length === 0 ? {} : { content }),
  };
}

function mapValues<From, To>(
  values: Readonly<Record<string, From>>,
  map: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]));
}

const checkSchema = z.object({
  _zod: z.object({ def: z.object({ pattern: z.instanceof(RegExp).optional() }) }),
});
const checkedSchema = z.object({ checks: z.array(checkSchema).default([]) });

/**
 * Removes limits and patterns that say nothing or would be wrong in JSON Schema, and marks
 * instants.
 */
function tidySchema({ zodSchema, jsonSchema, path, io }: ZodOpenApiOverrideContext): void {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  // The formats say the same.
  if (jsonSchema.format === 'date-time' || jsonSchema.format === 'uuid') delete jsonSchema.pattern;
  // JSON Schema has no flags: without `i` a pattern would reject valid values.
  if (
    checkedSchema
      .parse(zodSchema._zod.def)
      .checks.some(({ _zod }) => _zod.def.pattern?.ignoreCase === true)
  )
    delete jsonSchema.pattern;
  // By convention, instants have these names, including those of Graph.
  const isInstant = path.some(
    (part) => typeof part === 'string' && /^at$|(At|DateTime)$/.test(part),
  );
  if (isInstant && [jsonSchema.type].flat().includes('string')) jsonSchema.format = 'date-time';
  if (io === 'input') return;
  // Defaults are for reading rows; a response always contains the member. They are removed from the
  // object, because the library does not pass a member that refers to a named schema.
  for (const member of Object.values(jsonSchema.properties ?? {}))
    if (typeof member === 'object') delete member.default;
}

/** Adds the descriptions of members to the named schemas. */
function describeMembers({ components }: OpenApiDocument): void {
  for (const [name, { members }] of Object.entries(namedSchemas)) {
    const schema = components?.schemas?.[name];
    if (typeof schema !== 'object' || !('properties' in schema)) continue;
    for (const [member, description] of Object.entries(members)) {
      const found = schema.properties[member];
      if (typeof found === 'object' && description !== undefined) found.description = description;
    }
  }
}

/**
 * Returns the handler of `GET /openapi.json`. The document is created at the first request, so that
 * it does not slow down the start. It needs no key: it is the same in every deployment, contains
 * nothing about a tenant, and most tools that read such documents cannot send a key.
 * @param routes returns the table, which contains the route of this handler
 */
export function getOpenApi(routes: () => readonly Route[]): (call: Call) => HttpResponseInit {
  let cached: { readonly text: string; readonly etag: string } | undefined;
  return ({ request }) => {
    if (cached === undefined) {
      const text = JSON.stringify(openApiDocument(routes()));
      cached = { text, etag: `"${createHash('sha256').update(text).digest('base64url')}"` };
    }
    const { text, etag } = cached;
    // Caches revalidate every time, so that a deployment is visible at once.
    const headers = { etag, 'cache-control': 'no-cache' };
    const known = (request.headers.get('if-none-match') ?? '')
      .split(',')
      .map((tag) => tag.trim().replace(/^W\//, ''));
    if (known.includes(etag) || known.includes('*')) return { status: 304, headers };
    return { headers: { ...headers, 'content-type': 'application/json' }, body: text };
  };
}
