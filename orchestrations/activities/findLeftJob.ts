import type { z } from 'zod';
import { batchRefSchema, type findJobResultSchema } from '../../shared/contracts/activities.ts';
import type { ActivityServices } from './activityServices.ts';
import { keepJob } from './createJob.ts';
import { notRead } from './refusal.ts';
import { storedBatch } from './storedRows.ts';

/** Graph: get job by `displayName`, the one that the batch's row names: the job of the run before, which never learned its id. */
export async function findLeftJob(input: unknown, services: ActivityServices): Promise<z.infer<typeof findJobResultSchema>> {
  const { migrationId, batchId } = batchRefSchema.parse(input);
  const { jobDisplayName, attempt } = await storedBatch(services.stores, migrationId, batchId);
  if (jobDisplayName === null) return { kind: 'notFound', reason: 'no job was ever asked for' };
  const found = await services.jobs.findJobByName(jobDisplayName);
  if (found.kind === 'retryAfter') return { kind: 'retryAfter', seconds: found.seconds };
  if (found.kind !== 'done') return notRead(found);
  await keepJob({ migrationId, batchId, attempt }, found.value, 'adopted', services);
  return { kind: 'done', jobId: found.value.id, status: found.value.status };
}
