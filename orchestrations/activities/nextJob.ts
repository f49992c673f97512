import type { z } from 'zod';
import type { nextJobResultSchema } from '../../shared/contracts/activities.ts';
import { deletionInputSchema } from '../../shared/contracts/orchestrations.ts';
import type { ActivityServices } from './activityServices.ts';

/** The next job that a command names, after the one of the batch `after`. */
export async function nextJob(
  input: unknown,
  { stores }: ActivityServices,
): Promise<z.infer<typeof nextJobResultSchema>> {
  const { migrationId, round, after } = deletionInputSchema.parse(input);
  const targets =
    (await stores.commands.book(migrationId)).commands.find(({ commandId }) => commandId === round)
      ?.targets ?? [];
  const batchId = targets[after === null ? 0 : targets.indexOf(after) + 1];
  if (batchId === undefined) return { kind: 'none' };
  const jobId = (await stores.batches.get(migrationId, batchId))?.jobId ?? null;
  if (jobId === null)
    throw new Error(`the batch ${batchId} of ${migrationId} has no job to delete`);
  return { kind: 'job', job: { migrationId, batchId, owner: null, jobId } };
}
