import { z } from 'zod';
import { decisionSchema } from '../command.ts';
import { failureClusterSchema } from '../failure.ts';
import { batchIdSchema } from '../ids.ts';
import { batchSchema, migrationSchema } from '../migration.ts';
import { personNeedSchema } from '../personNeed.ts';

/** The answer to `GET /migrations/{id}`. While it runs, counts and failures are those of its batches so far. */
export const migrationDetailSchema = migrationSchema.extend({
  /** Why users have failed, or fail now: tenant-wide causes first, then those that hit most users. */
  failures: z.array(failureClusterSchema),
  /** One line, such as `37 users, 3 reasons`. */
  failureSummary: z.string(),
  /** The batches that need a person now, and what to do. */
  needsPerson: z.array(
    z.strictObject({ batchId: batchIdSchema, need: personNeedSchema, message: z.string() }),
  ),
  /** The requests for approval, oldest first; only the last one may be undecided. */
  approvals: z.array(
    z.strictObject({
      approvalId: z.string(),
      taskCount: z.int(),
      tasksHash: z.string(),
      requestedAt: z.string(),
      deadlineAt: z.string(),
      verdict: decisionSchema.shape.verdict.nullable(),
      decidedAt: z.string().nullable(),
    }),
  ),
  batches: z.array(batchSchema),
});
export type MigrationDetail = z.infer<typeof migrationDetailSchema>;
