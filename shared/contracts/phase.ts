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
export type FinalPhase = Extract<MigrationPhase, 'completed' | 'completedWithErrors' | 'failed' | 'cancelled'>;
