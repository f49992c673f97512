import { z } from 'zod';

/** Where a batch is. The last four are final. */
export const batchPhaseSchema = z.enum([
  'queued',
  'creating',
  'validating',
  'held',
  'cancelling',
  'syncing',
  'moving',
  'cuttingOver',
  'outOfSight',
  'recording',
  'completed',
  'completedWithErrors',
  'failed',
  'cancelled',
]);
export type BatchPhase = z.infer<typeof batchPhaseSchema>;

/** Where a migration is. The last four are final. */
export const migrationPhaseSchema = z.enum([
  'accepted',
  'planning',
  'running',
  'completed',
  'completedWithErrors',
  'failed',
  'cancelled',
]);
export type MigrationPhase = z.infer<typeof migrationPhaseSchema>;

/** The phases after which nothing comes, unless somebody asks for a retry. */
export const finalPhaseSchema = z.enum(['completed', 'completedWithErrors', 'failed', 'cancelled']);
export type FinalPhase = z.infer<typeof finalPhaseSchema>;
