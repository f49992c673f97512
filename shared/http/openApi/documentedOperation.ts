import { z } from 'zod';
import { guidSchema, migrationIdSchema } from '../../contracts/ids.ts';
import { type ProblemCode, problemCodes, problemSchema } from '../../contracts/problem.ts';
import type {
  DocumentedResponse,
  DocumentedOperation,
  Header,
  JsonSchema,
  MediaType,
  Parameter,
  Response,
  Operation,
} from './document.ts';
import type { SchemaCatalog } from './schemas.ts';

/** The path parameters by name. */
export const pathParameters = {
  id: { schema: migrationIdSchema, description: 'the id of a migration' },
  taskId: { schema: guidSchema, description: 'the id of a task of the migration' },
  rejectionId: { schema: z.string().min(1).max(200), description: 'the id of a rejection' },
} as const;

/** Returns the schemas that an operation uses in requests and responses. */
export function schemasOf({ query, headers, body, responses }: Operation): {
  readonly byRequests: z.ZodType[];
  readonly byResponses: z.ZodType[];
} {
  const ofPath = Object.values(pathParameters).map(({ schema }) => schema);
  const ofResponses = Object.values(responses).flatMap((response) => [
    ...Object.values(response.content ?? {}),
    response.headers,
  ]);
  return {
    byRequests: [...ofPath, query, headers, body?.schema].filter((schema) => schema !== undefined),
    byResponses: [problemSchema, ...ofResponses].filter((schema) => schema !== undefined),
  };
}

/** Returns an operation as an OpenAPI object. */
export function documentedOperation(
  operation: Operation,
  { ofRequest, ofResponse }: SchemaCatalog,
): DocumentedOperation {
  const { id, tag, summary, description, role, query, headers, body } = operation;
  const parameters = [
    ...pathParametersOf(operation, ofRequest),
    ...parametersOf('query', query, ofRequest),
    ...parametersOf('header', headers, ofRequest),
  ];
  const responses = Object.entries(operation.responses).map(
    ([status, response]): [string, DocumentedResponse] => [
      status,
      documentedResponse(response, ofResponse),
    ],
  );
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security:
      role === null ? [] : [{ functionKeyHeader: [] }, { functionKeyQuery: [] }, { entra: [role] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: body.isRequired,
            content: { 'application/json': mediaType(ofRequest(body.schema), body.examples) },
          },
        }),
    responses: merged([
      ...responses,
      ...problemResponses(
        [...operation.problems, ...(role === null ? openProblems : accessProblems)],
        ofResponse,
      ),
    ]),
  };
}

/**
 * The problems that every protected route may return. With function keys, the platform returns its
 * own 401 without a body.
 */
const accessProblems: readonly ProblemCode[] = [
  'signInNeeded',
  'tenantNotAllowed',
  'roleMissing',
  'internalError',
  'storageUnavailable',
  'misconfigured',
];
/** The problems that open routes may return: they do not read storage. */
const openProblems: readonly ProblemCode[] = ['misconfigured'];
const retryAfter: Readonly<Record<string, Header>> = {
  'Retry-After': {
    required: false,
    schema: { type: 'integer', description: 'the seconds to wait; sent with `storageUnavailable`' },
  },
};

/** Merges responses with the same status: a status may have a body of its own and a problem. */
function merged(
  responses: readonly [string, DocumentedResponse][],
): Record<string, DocumentedResponse> {
  const byStatus: Record<string, DocumentedResponse> = {};
  for (const [status, response] of responses) {
    const before = byStatus[status];
    byStatus[status] =
      before === undefined
        ? response
        : {
            ...before,
            ...response,
            description: `${before.description}\n\n${response.description}`,
            content: { ...before.content, ...response.content },
          };
  }
  return byStatus;
}

type SchemaOf = (schema: z.ZodType) => JsonSchema;

function pathParametersOf({ id, route }: Operation, of: SchemaOf): Parameter[] {
  return [...route.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => {
    const found = Object.entries(pathParameters).find(([known]) => known === name)?.[1];
    if (found === undefined)
      throw new Error(
        `the operation ${id} has the path parameter ${name}; add it to pathParameters`,
      );
    return {
      name,
      in: 'path',
      required: true,
      description: found.description,
      schema: of(found.schema),
    };
  });
}

function parametersOf(
  location: 'query' | 'header',
  schema: z.ZodObject | undefined,
  of: SchemaOf,
): Parameter[] {
  return members(schema, of).map(({ name, required, schema }) => ({
    name,
    in: location,
    required,
    schema,
  }));
}

/** Returns the members of an object schema. */
function members(
  schema: z.ZodObject | undefined,
  of: SchemaOf,
): (Header & { readonly name: string })[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = of(schema);
  return Object.entries(properties).map(([name, member]) => ({
    name,
    required: required.includes(name),
    schema: typeof member === 'object' ? member : {},
  }));
}

function documentedResponse(
  { description, content, headers }: Response,
  of: SchemaOf,
): DocumentedResponse {
  const named = members(headers, of).map(({ name, ...header }): [string, Header] => [name, header]);
  const bodies = Object.entries(content ?? {}).map(([type, schema]): [string, MediaType] => [
    type,
    { schema: of(schema) },
  ]);
  return {
    description,
    ...(named.length === 0 ? {} : { headers: Object.fromEntries(named) }),
    ...(bodies.length === 0 ? {} : { content: Object.fromEntries(bodies) }),
  };
}

/**
 * Returns one response per status, with the problem codes that this operation may return with it.
 */
function problemResponses(
  codes: readonly ProblemCode[],
  of: SchemaOf,
): [string, DocumentedResponse][] {
  return [...Map.groupBy(codes, (code) => problemCodes[code].status)].map(([status, own]) => {
    const schema = {
      allOf: [
        of(problemSchema),
        { properties: { status: { const: status }, code: { enum: own } } },
      ],
    };
    return [
      String(status),
      {
        ...(own.includes('storageUnavailable') ? { headers: retryAfter } : {}),
        description: own.map((code) => `\`${code}\`: ${problemCodes[code].meaning}`).join('\n\n'),
        content: { 'application/problem+json': { schema } },
      },
    ];
  });
}

function mediaType(
  schema: JsonSchema,
  examples: Readonly<Record<string, unknown>> | undefined,
): MediaType {
  if (examples === undefined) return { schema };
  return {
    schema,
    examples: Object.fromEntries(
      Object.entries(examples).map(([name, value]) => [name, { value }]),
    ),
  };
}
