import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import type { JobRef, Sight } from '../../shared/contracts/internal/batch.ts';
import {
  pollJobInputSchema,
  type pollJobResultSchema,
} from '../../shared/contracts/internal/users.ts';
import type { Batch, PersonNeed } from '../../shared/contracts/migration.ts';
import { ownsBatch } from '../../shared/domain/batchStates.ts';
import { pendingCommands, unconfirmedCommands } from '../../shared/domain/commands.ts';
import { batchPhaseOf, personNeedOf, personNeedSteps } from '../../shared/domain/lifecycle.ts';
import { personNeeded } from '../../shared/domain/outcomeEvent.ts';
import { pollingPolicy } from '../../shared/domain/policies.ts';
import type { Job } from '../../shared/graph/jobs.ts';
import { describeProblem } from '../../shared/graph/problems.ts';
import type { GraphProblem, GraphResult } from '../../shared/graph/result.ts';
import {
  type ActivityServices,
  audited,
  storedBatch,
  storedMigration,
} from '../activityServices.ts';
import { continueBatch, delayedBy, responseText } from '../batchStatus.ts';
import { reopenUnknown } from './taskOutcomes.ts';

type Result = z.infer<typeof pollJobResultSchema>;
type Input = z.infer<typeof pollJobInputSchema>;

const deletion: readonly (string | null)[] = ['pendingDelete', 'deleted'];

/**
 * Graph: get job. Writes the batch's row only if the status or the reason to call a person has
 * changed since the caller's last read. A job that Graph does not find by its id is looked up by
 * its name. A failed read changes no outcome; the row then says since when the job is out of sight.
 */
export async function pollJob(input: unknown, services: ActivityServices): Promise<Result> {
  const poll = pollJobInputSchema.parse(input);
  const read = await lookUp(poll, services);
  if (read.kind === 'done') return handleShown(poll, read.value, services);
  return handleUnseen(poll, read, services);
}

/** `isAbsent`: Graph returned "not found" for both the id and the name. */
type LookUp =
  | Extract<GraphResult<Job>, { kind: 'done' }>
  | {
      readonly kind: 'notSeen';
      readonly problem: GraphProblem;
      readonly seconds: number;
      readonly isAbsent: boolean;
    };

async function lookUp(
  { migrationId, batchId, jobId }: JobRef,
  { jobs, stores }: ActivityServices,
): Promise<LookUp> {
  const read = await jobs.getJob(jobId);
  if (read.kind === 'done') return read;
  const secondsOf = (result: Exclude<GraphResult<Job>, { kind: 'done' }>): number =>
    'seconds' in result ? result.seconds : 0;
  if (read.kind !== 'notFound')
    return { kind: 'notSeen', problem: read.problem, seconds: secondsOf(read), isAbsent: false };
  const batch = await stores.batches.get(migrationId, batchId);
  const byName =
    batch?.jobId === jobId && batch.jobDisplayName !== null
      ? await jobs.findJobByName(batch.jobDisplayName)
      : undefined;
  if (byName === undefined)
    return { kind: 'notSeen', problem: read.problem, seconds: 0, isAbsent: false };
  if (byName.kind === 'done')
    return byName.value.id.toLowerCase() === jobId.toLowerCase()
      ? byName
      : { kind: 'notSeen', problem: read.problem, seconds: 0, isAbsent: false };
  return {
    kind: 'notSeen',
    problem: byName.problem,
    seconds: secondsOf(byName),
    isAbsent: byName.kind === 'notFound',
  };
}

async function handleShown(
  poll: Input,
  { status, message, completeAfterDateTime }: Job,
  services: ActivityServices,
): Promise<Result> {
  const { migrationId, batchId, jobId, lastStatus, lastNeed, waiterId, sight } = poll;
  const nowMs = services.nowMs();
  const dateMs = completeAfterDateTime === null ? NaN : Date.parse(completeAfterDateTime);
  const completeAfterMs = Number.isNaN(dateMs) ? null : dateMs;
  const need = personNeedOf({ status, completeAfterMs, nowMs });
  if (status !== lastStatus || need !== lastNeed || sight.unseenSinceMs !== null) {
    const batch = await storedBatch(services.stores, migrationId, batchId);
    if (waiterId !== null && isOver(batch, poll)) return { kind: 'ended' };
    if (batch.finishedAt === null)
      await saveStatus({ status, message, need }, batch, poll, services);
    // Stored so that "not found" means later that the job is gone.
    else if (deletion.includes(status) && batch.jobId === jobId)
      await services.stores.batches.update(migrationId, batchId, { jobStatus: status });
    if (waiterId !== null && sight.isReported)
      await reopenUnknown(
        { migrationId, batchId, jobId, status, sinceMs: sight.unseenSinceMs ?? nowMs },
        services,
      );
  }
  return { kind: 'done', status, completeAfterMs, need, ...(await commandsOf(poll, services)) };
}

async function handleUnseen(
  poll: Input,
  { problem, seconds, isAbsent }: Exclude<LookUp, { kind: 'done' }>,
  services: ActivityServices,
): Promise<Result> {
  const { migrationId, batchId, jobId, waiterId, sight } = poll;
  const { stores } = services;
  const batch = await storedBatch(stores, migrationId, batchId);
  if (waiterId !== null && isOver(batch, poll)) return { kind: 'ended' };
  if (batch.finishedAt === null) await saveUnseen(problem, batch, poll, sight, services);
  const { completeAfterDateTime } = await storedMigration(stores, migrationId);
  return {
    kind: 'notSeen',
    seconds,
    isAbsent,
    isDeleted: isAbsent && batch.jobId === jobId && deletion.includes(batch.jobStatus),
    isRetryRequested: batch.retryCommandId !== null,
    completeAfterMs: completeAfterDateTime === null ? null : Date.parse(completeAfterDateTime),
    status: batch.jobId === jobId ? batch.jobStatus : null,
    reason: describeProblem(problem),
    ...(await commandsOf(poll, services)),
  };
}

/** Returns true if the batch has ended or the caller was replaced by another orchestration. */
function isOver(batch: Batch, { owner }: Input): boolean {
  return owner === null ? batch.finishedAt !== null : !ownsBatch(batch, owner);
}

async function commandsOf(
  { migrationId, batchId, waiterId }: Input,
  { stores }: ActivityServices,
): Promise<{ readonly hasCommands: boolean; readonly hasUnconfirmed: boolean }> {
  if (waiterId === null) return { hasCommands: false, hasUnconfirmed: false };
  const commandLog = await stores.commands.readBatchLog(migrationId, batchId);
  const hasUnconfirmed = unconfirmedCommands(batchId, commandLog).length > 0;
  return {
    hasCommands: hasUnconfirmed || pendingCommands(batchId, commandLog).length > 0,
    hasUnconfirmed,
  };
}

async function saveStatus(
  {
    status,
    message,
    need,
  }: { readonly status: string; readonly message: string; readonly need: PersonNeed | null },
  batch: Batch,
  { jobId, waiterId }: Input,
  services: ActivityServices,
): Promise<void> {
  const { stores } = services;
  const {
    migrationId,
    batchId,
    needsPerson,
    jobStatus,
    delayedOperation: delayed,
    updatedAt: before,
  } = batch;
  const updatedAt = new Date(services.nowMs()).toISOString();
  if (need !== null && needsPerson !== need) {
    await stores.outcomes.send(
      personNeeded(
        await storedMigration(stores, migrationId),
        batchId,
        jobId,
        need,
        jobId,
        updatedAt,
      ),
    );
    services.warn(`${migrationId} ${batchId}: job ${jobId} needs a person (${need})`);
  }
  if (batch.outOfSightAt !== null)
    services.warn(
      `${migrationId} ${batchId}: job ${jobId} is in sight again with the status ${status}`,
    );
  if (jobStatus !== status) {
    // The instant of the stored row makes the id the same if this activity runs again before the
    // row is written.
    await audited(
      {
        migrationId,
        batchId,
        jobId,
        eventId: `status/${jobId}/${status}/${before}`,
        type: 'job.status',
        detail: status,
      },
      services,
    );
  }
  const phase = batchPhaseOf(status);
  // A single read does not complete the delayed operation that it belongs to, so the row continues
  // to show the delay.
  const seen = {
    ...(phase === undefined ? {} : { phase }),
    jobStatus: status,
    ...(waiterId === null ? {} : { waiterId, retryCommandId: null }),
    needsPerson: need,
    delayedOperation:
      waiterId === null
        ? delayed?.operation === 'get job'
          ? null
          : delayed
        : delayed?.operation === continueBatch
          ? delayed
          : null,
    outOfSightAt: null,
    message:
      need === null
        ? message === ''
          ? null
          : message
        : `${personNeedSteps[need]}${message === '' ? '' : ` (${message})`}`,
  };
  if (!isDeepStrictEqual({ ...batch, ...seen }, batch))
    await stores.batches.update(migrationId, batchId, { ...seen, updatedAt });
}

/**
 * Writes to the batch's row that Graph does not show the job. After half an hour, reports that a
 * person is needed.
 */
async function saveUnseen(
  problem: GraphProblem,
  batch: Batch,
  { jobId, waiterId }: Input,
  sight: Sight,
  services: ActivityServices,
): Promise<void> {
  const { stores } = services;
  const { migrationId, batchId } = batch;
  const nowMs = services.nowMs();
  const updatedAt = new Date(nowMs).toISOString();
  const sinceMs = sight.unseenSinceMs ?? nowMs;
  const lastResponse = responseText(problem, `${migrationId} ${batchId}: get job`, services.warn);
  const isOutOfSight = waiterId !== null && nowMs - sinceMs >= pollingPolicy.outOfSightAfterMs;
  if (isOutOfSight && batch.outOfSightAt === null) {
    const sinceAt = new Date(sinceMs).toISOString();
    await stores.outcomes.send(
      personNeeded(
        await storedMigration(stores, migrationId),
        batchId,
        jobId,
        'outOfSight',
        sinceAt,
        updatedAt,
      ),
    );
    await audited(
      {
        migrationId,
        batchId,
        jobId,
        eventId: `outOfSight/${jobId}/${sinceAt}`,
        type: 'job.outOfSight',
        detail: describeProblem(problem),
      },
      services,
    );
    services.warn(
      `${migrationId} ${batchId}: job ${jobId} has been out of sight since ${sinceAt} (${describeProblem(problem)})`,
    );
  }
  await stores.batches.change(migrationId, batchId, (row) => ({
    delayedOperation: delayedBy('get job', lastResponse, row.delayedOperation, sinceMs),
    ...(waiterId === null ? {} : { waiterId }),
    ...(isOutOfSight
      ? {
          phase: 'outOfSight' as const,
          outOfSightAt: new Date(sinceMs).toISOString(),
          needsPerson: 'outOfSight' as const,
          message: `${personNeedSteps.outOfSight} (${lastResponse})`,
        }
      : {}),
    updatedAt,
  }));
}
