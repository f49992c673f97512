import { z } from 'zod';
import { migrationSchema } from '../migration.ts';

/** The answer to `POST /migrations`: the migration as it was accepted, and where to look for it. */
export const acceptedMigrationSchema = migrationSchema
  .pick({
    id: true,
    name: true,
    kind: true,
    phase: true,
    acceptedAt: true,
    taskCount: true,
    batchCount: true,
  })
  .extend({
    statusUrl: z.url(),
    tasksUrl: z.url(),
    /** With function keys and an approval: what such an approval is worth. */
    notice: z.string().optional(),
  });
export type AcceptedMigration = z.infer<typeof acceptedMigrationSchema>;
