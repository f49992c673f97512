import type { z } from 'zod';
import { readJobInputSchema, type readJobResultSchema } from '../../shared/contracts/activities.ts';
import { undecidedFor } from '../../shared/domain/answeredCommands.ts';
import { batchPhaseOf } from '../../shared/domain/batchPhaseOf.ts';
import type { ActivityServices } from './activityServices.ts';
import { reasonOfRefusal } from './refusal.ts';
import { storedBatch } from './storedRows.ts';

/** Graph: get job. Writes the batch's row only when the status is not the one that the caller saw last. */
export async function readJob(input: unknown, services: ActivityServices): Promise<z.infer<typeof readJobResultSchema>> {
  const { migrationId, batchId, jobId, lastStatus, waiterId } = readJobInputSchema.parse(input);
  const read = await services.jobs.getJob(jobId);
  if (read.kind === 'retryAfter') return { kind: 'retryAfter', seconds: read.seconds };
  if (read.kind !== 'done') {
    return { kind: read.kind === 'notFound' ? 'notFound' : 'rejected', reason: reasonOfRefusal(read.problem) };
  }
  const { status, message, completeAfterDateTime } = read.value;
  if (status !== lastStatus) {
    const { finishedAt } = await storedBatch(services.stores, migrationId, batchId);
    // Somebody has ended the batch from outside: its record is final, and the watch has nothing left to watch for.
    if (finishedAt !== null) return { kind: 'rejected', reason: 'the batch has ended' };
    const phase = batchPhaseOf(status);
    await services.stores.batches.update(migrationId, batchId, {
      ...(phase === undefined ? {} : { phase }),
      jobStatus: status,
      ...(waiterId === null ? {} : { waiterId }),
      message: status === 'adminActionRequired' ? adminMessage(message) : message === '' ? null : message,
      updatedAt: new Date(services.nowMs()).toISOString(),
    });
  }
  const completeAfterMs = completeAfterDateTime === null ? NaN : Date.parse(completeAfterDateTime);
  const commands = waiterId !== null && undecidedFor(batchId, await services.stores.commands.book(migrationId)).length > 0;
  return { kind: 'done', status, completeAfterMs: Number.isNaN(completeAfterMs) ? null : completeAfterMs, commands };
}

function adminMessage(message: string): string {
  const asked = 'an admin is needed: look at the job in the target tenant; the migration goes on by itself afterwards';
  return message === '' ? asked : `${asked} (${message})`;
}
