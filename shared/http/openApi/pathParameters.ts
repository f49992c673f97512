import { z } from 'zod';
import { guidSchema, migrationIdSchema } from '../../contracts/ids.ts';

/** The parameters that paths may have, each with what it names. */
export const pathParameters = {
  id: { schema: migrationIdSchema, description: 'the id of a migration' },
  taskId: { schema: guidSchema, description: 'the id of a task of the migration' },
  rejectionId: { schema: z.string().min(1).max(200), description: 'the id of a rejection' },
} as const;
