import type { z } from 'zod';
import type { ProblemCode } from '../../contracts/problem.ts';
import type { Role } from '../auth.ts';

/** A JSON Schema (2020-12), which OpenAPI 3.1 uses unchanged. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

export interface MediaType {
  readonly schema: JsonSchema;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

export interface Header {
  readonly required: boolean;
  readonly schema: JsonSchema;
}

export interface DocumentedResponse {
  readonly description: string;
  readonly headers?: Readonly<Record<string, Header>>;
  readonly content?: Readonly<Record<string, MediaType>>;
}

export interface DocumentedOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  /** The alternatives: one of them is enough. */
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: Readonly<Record<string, MediaType>>;
  };
  readonly responses: Readonly<Record<string, DocumentedResponse>>;
}

/** The parts of an OpenAPI 3.1 document that this app uses. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly { readonly url: string; readonly description: string }[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly securitySchemes: Readonly<Record<string, object>>;
  };
}

/** Returns a JSON response. */
export function json(description: string, schema: z.ZodType, headers?: z.ZodObject): Response {
  return {
    description,
    content: { 'application/json': schema },
    ...(headers === undefined ? {} : { headers }),
  };
}

export type Method = 'get' | 'post' | 'patch' | 'delete';

/** A response of an operation with one status. */
export interface Response {
  readonly description: string;
  /** The body by media type. Absent if there is no body. */
  readonly content?: Readonly<Record<string, z.ZodType>>;
  /** The headers that the response always has. */
  readonly headers?: z.ZodObject;
}

/**
 * A route of the app. Problems are listed by code only. Path parameters and the responses to
 * unauthorized callers are derived from the other members.
 */
export interface Operation {
  /** The name of the registered function. */
  readonly id: string;
  readonly method: Method;
  /** The route as registered: without the prefix `api`, with `{id}` for parameters. */
  readonly route: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  /** The app role that a caller needs if the app uses Entra; null for an open route. */
  readonly role: Role | null;
  /** Whether the route also supports HEAD, with the same status and headers and no body. */
  readonly head?: boolean;
  readonly query?: z.ZodObject;
  /** Request headers by name. */
  readonly headers?: z.ZodObject;
  readonly body?: {
    readonly schema: z.ZodType;
    readonly isRequired: boolean;
    readonly examples?: Readonly<Record<string, unknown>>;
  };
  readonly responses: Readonly<Record<number, Response>>;
  readonly problems: readonly ProblemCode[];
}

/** The groups of operations, in the order of the document. */
export const tags = {
  migrations: 'Create migrations and read their status.',
  tasks: 'The users, OneDrives, groups and sites of a migration, each with its outcome.',
  commands:
    'Commands for a running migration. A command is stored first and handled afterwards; the response contains its state so far.',
  app: 'The app itself: health, freezes, rejected messages.',
} as const;
export type Tag = keyof typeof tags;

/** A named schema of the document. Operations refer to it by name. */
export interface Component {
  readonly schema: z.ZodType;
  readonly description: string;
  /** Descriptions of members whose names do not explain them. */
  readonly members: Readonly<Record<string, string>>;
}

/** Creates a component. Only members of the schema can be described. */
export function component<Schema extends z.ZodType>(
  schema: Schema,
  description: string,
  members?: Readonly<Partial<Record<keyof z.output<Schema> & string, string>>>,
): Component {
  return {
    schema,
    description,
    members: Object.fromEntries(
      Object.entries<string | undefined>(members ?? {}).map(([name, text]) => [name, text ?? '']),
    ),
  };
}
