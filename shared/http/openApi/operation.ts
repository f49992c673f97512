import type { z } from 'zod';
import type { ProblemCode } from '../../contracts/problem.ts';
import type { Role } from '../auth.ts';

export type Method = 'get' | 'post' | 'patch' | 'delete';

/** What an operation answers with under one status. */
export interface Response {
  readonly description: string;
  /** The body by media type; left out where there is none. */
  readonly content?: Readonly<Record<string, z.ZodType>>;
  /** The headers that always come with it. */
  readonly headers?: z.ZodObject;
}

/**
 * One route of the app. Its answers of problems are told by their codes alone; its path's parameters and what it answers to
 * callers without a key or role follow from the rest.
 */
export interface Operation {
  /** The name that its function is registered under. */
  readonly id: string;
  readonly method: Method;
  /** As the function registers it: without the prefix `api`, with `{id}` for parameters. */
  readonly route: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  /** The app role that a caller needs where the app is set up for Entra; null for a route that is open to all. */
  readonly role: Role | null;
  /** Whether HEAD is answered as well: with the same status and headers, and no body. */
  readonly head?: boolean;
  readonly query?: z.ZodObject;
  /** Request headers by their names. */
  readonly headers?: z.ZodObject;
  readonly body?: {
    readonly schema: z.ZodType;
    readonly isRequired: boolean;
    readonly examples?: Readonly<Record<string, unknown>>;
  };
  readonly responses: Readonly<Record<number, Response>>;
  readonly problems: readonly ProblemCode[];
}

/** The groups that operations are shown in, in their order. */
export const tags = {
  migrations: 'Ask for migrations and see how they stand.',
  tasks: 'The users, groups and sites of a migration, each with its outcome.',
  commands:
    'What can be asked of a running migration. A command is kept first and carried out then; its answer says what has become of it so far.',
  app: 'The app itself.',
} as const;
export type Tag = keyof typeof tags;
