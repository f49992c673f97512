import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { readJobInputSchema, type readJobResultSchema } from '../../shared/contracts/activities.ts';
import type { Batch } from '../../shared/contracts/migration.ts';
import type { PersonNeed } from '../../shared/contracts/personNeed.ts';
import { undecidedFor } from '../../shared/domain/answeredCommands.ts';
import { batchPhaseOf } from '../../shared/domain/batchPhaseOf.ts';
import { personNeeded } from '../../shared/domain/outcomeEvent.ts';
import { personNeedOf, personNeedSteps } from '../../shared/domain/personNeed.ts';
import type { ActivityServices } from './activityServices.ts';
import { audited } from './audited.ts';
import { notRead, reasonOfRefusal } from './refusal.ts';
import { storedBatch, storedMigration } from './storedRows.ts';

/** Graph: get job. Writes the batch's row only when the status, or the need of a person, is not the one that the caller saw last. */
export async function readJob(input: unknown, services: ActivityServices): Promise<z.infer<typeof readJobResultSchema>> {
  const { migrationId, batchId, jobId, lastStatus, lastNeed, waiterId } = readJobInputSchema.parse(input);
  const read = await services.jobs.getJob(jobId);
  if (read.kind === 'retryAfter') return { kind: 'retryAfter', seconds: read.seconds, reason: reasonOfRefusal(read.problem) };
  if (read.kind !== 'done') return notRead(read);
  const { status, message, completeAfterDateTime } = read.value;
  const nowMs = services.nowMs();
  const dateMs = completeAfterDateTime === null ? NaN : Date.parse(completeAfterDateTime);
  const completeAfterMs = Number.isNaN(dateMs) ? null : dateMs;
  const need = personNeedOf({ status, completeAfterMs, nowMs });
  if (status !== lastStatus || need !== lastNeed) {
    const batch = await storedBatch(services.stores, migrationId, batchId);
    // Somebody has ended the batch from outside: its record is final, and a watch has nothing left to watch for.
    if (batch.finishedAt !== null && waiterId !== null) return { kind: 'rejected', reason: 'the batch has ended' };
    if (batch.finishedAt === null) await keepStatus({ status, message, need }, batch, { jobId, waiterId }, services);
  }
  const commands = waiterId !== null && undecidedFor(batchId, await services.stores.commands.book(migrationId)).length > 0;
  return { kind: 'done', status, completeAfterMs, need, commands };
}

async function keepStatus(
  { status, message, need }: { readonly status: string; readonly message: string; readonly need: PersonNeed | null },
  batch: Batch,
  { jobId, waiterId }: { readonly jobId: string; readonly waiterId: string | null },
  services: ActivityServices,
): Promise<void> {
  const { stores } = services;
  const { migrationId, batchId, needsPerson, jobStatus, updatedAt: before } = batch;
  const updatedAt = new Date(services.nowMs()).toISOString();
  if (need !== null && needsPerson !== need) {
    await stores.outcomes.send(personNeeded(await storedMigration(stores, migrationId), batchId, jobId, need, jobId, updatedAt));
  }
  if (jobStatus !== status) {
    // The row's own instant makes the id the same when this is done again before the row is written.
    await audited({ migrationId, batchId, jobId, eventId: `status/${jobId}/${status}/${before}`, type: 'job.status', detail: status }, services);
  }
  const phase = batchPhaseOf(status);
  const seen = {
    ...(phase === undefined ? {} : { phase }),
    jobStatus: status,
    ...(waiterId === null ? {} : { waiterId }),
    needsPerson: need,
    message: need === null ? (message === '' ? null : message) : `${personNeedSteps[need]}${message === '' ? '' : ` (${message})`}`,
  };
  if (!isDeepStrictEqual({ ...batch, ...seen }, batch)) await stores.batches.update(migrationId, batchId, { ...seen, updatedAt });
}
