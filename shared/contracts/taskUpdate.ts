import { z } from 'zod';
import { isPlainLines, isPlainText, notPlainText } from './plainText.ts';

/** What may be written into a `crossTenantMigrationTask` (Graph: update crossTenantMigrationTask), where the tenant's API offers it. */
export const taskUpdateSchema = z.strictObject({
  taskType: z.string().min(1).max(64).refine(isPlainText, notPlainText).default('users'),
  /** Left out: the instant at which the update is sent. */
  lastUpdatedDateTime: z.iso
    .datetime({ offset: true, error: 'must be an ISO 8601 instant with Z or an offset' })
    .optional(),
  currentStatus: z
    .array(
      z.strictObject({
        service: z.string().min(1).max(64).refine(isPlainText, notPlainText),
        status: z.string().min(1).max(64).refine(isPlainText, notPlainText),
        message: z.string().max(1_000).refine(isPlainLines, notPlainText).default(''),
      }),
    )
    .max(20)
    .optional(),
});
export type TaskUpdate = z.infer<typeof taskUpdateSchema>;
