import type { z } from 'zod';
import type { ProblemCode } from '../../contracts/problem.ts';
import type { Role } from '../auth.ts';

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
