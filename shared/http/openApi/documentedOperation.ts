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
} from './document.ts';
import type { Response, Operation } from './operation.ts';
import type { SchemaCatalog } from './schemas.ts';

/** The parameters that paths may have, each with what it names. */
export const pathParameters = {
  id: { schema: migrationIdSchema, description: 'the id of a migration' },
  taskId: { schema: guidSchema, description: 'the id of a task of the migration' },
  rejectionId: { schema: z.string().min(1).max(200), description: 'the id of a rejection' },
} as const;

/** Every schema that an operation uses on either side. */
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

/** An operation in OpenAPI's words. */
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

/** What every route that is not open to all may answer; with function keys the platform's own 401 comes without a body. */
const accessProblems: readonly ProblemCode[] = [
  'signInNeeded',
  'tenantNotAllowed',
  'roleMissing',
  'internalError',
  'storageUnavailable',
  'misconfigured',
];
/** What the others may answer: they ask nothing of storage. */
const openProblems: readonly ProblemCode[] = ['misconfigured'];
const retryAfter: Readonly<Record<string, Header>> = {
  'Retry-After': {
    required: false,
    schema: { type: 'integer', description: 'seconds; it comes with `storageUnavailable`' },
  },
};

/** One answer a status: a status may come with a body of its own and with a problem. */
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
        `the operation ${id} has the path parameter ${name}, which pathParameters.ts does not know`,
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

/** The members of an object schema one by one. */
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

/** One answer a status, with the codes that this operation may give under it. */
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
