import { z } from 'zod';
import { sharePointRequestSchema } from './sharePointRequest.ts';
import { usersRequestSchema } from './usersRequest.ts';

/** Everything that `POST /migrations` and the queue `migration-requests` take, told apart by `kind`. */
export const migrationRequestSchema = z.discriminatedUnion(
  'kind',
  [usersRequestSchema, sharePointRequestSchema],
  {
    error: ({ input }) =>
      z.looseObject({}).safeParse(input).success
        ? 'must be users or sharePoint'
        : 'must be an object: a migration request',
  },
);
export type MigrationRequest = z.infer<typeof migrationRequestSchema>;
