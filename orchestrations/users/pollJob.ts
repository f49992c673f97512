import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import {
  type JobRef,
  pollJobInputSchema,
  type pollJobResultSchema,
  type Sight,
} from '../../shared/contracts/internal/activities.ts';
import type { Batch, PersonNeed } from '../../shared/contracts/migration.ts';
import { ownsBatch } from '../../shared/domain/batches.ts';
import { unconfirmedFor, undecidedFor } from '../../shared/domain/commands.ts';
import { batchPhaseOf } from '../../shared/domain/lifecycle.ts';
import { personNeedOf, personNeedSteps } from '../../shared/domain/needsPerson.ts';
import { personNeeded } from '../../shared/domain/outcomeEvent.ts';
import { outOfSightAfterMs } from '../../shared/domain/sight.ts';
import type { Job } from '../../shared/graph/jobs.ts';
import type { GraphProblem, GraphResult } from '../../shared/graph/result.ts';
import {
  type ActivityServices,
  audited,
  storedBatch,
  storedMigration,
} from '../activityServices.ts';
import { responseText, delayedBy, continueBatch } from '../batchStatus.ts';
import { describeProblem } from '../refusals.ts';
import { reopenUnknown } from './unknownOutcomes.ts';

type Result = z.infer<typeof pollJobResultSchema>;
type Input = z.infer<typeof pollJobInputSchema>;

const deletion: readonly (string | null)[] = ['pendingDelete', 'deleted'];

/**
 * Graph: get job. Writes the batch's row only when the status, or the need of a person, is not the one that the caller saw last. A job that Graph does not know by its id is
 * looked up by its name. Whatever Graph refuses decides nothing: the row says that the job is out of sight, and since when.
 */
export async function pollJob(input: unknown, services: ActivityServices): Promise<Result> {
  const asked = pollJobInputSchema.parse(input);
  const read = await lookUp(asked, services);
  if (read.kind === 'done') return shown(asked, read.value, services);
  return unseen(asked, read, services);
}

/** `absent`: Graph knows neither the id nor the name. */
type LookUp =
  | Extract<GraphResult<Job>, { kind: 'done' }>
  | {
      readonly kind: 'notSeen';
      readonly problem: GraphProblem;
      readonly seconds: number;
      readonly absent: boolean;
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
    return { kind: 'notSeen', problem: read.problem, seconds: secondsOf(read), absent: false };
  const batch = await stores.batches.get(migrationId, batchId);
  const byName =
    batch?.jobId === jobId && batch.jobDisplayName !== null
      ? await jobs.findJobByName(batch.jobDisplayName)
      : undefined;
  if (byName === undefined)
    return { kind: 'notSeen', problem: read.problem, seconds: 0, absent: false };
  if (byName.kind === 'done')
    return byName.value.id.toLowerCase() === jobId.toLowerCase()
      ? byName
      : { kind: 'notSeen', problem: read.problem, seconds: 0, absent: false };
  return {
    kind: 'notSeen',
    problem: byName.problem,
    seconds: secondsOf(byName),
    absent: byName.kind === 'notFound',
  };
}

async function shown(
  asked: Input,
  { status, message, completeAfterDateTime }: Job,
  services: ActivityServices,
): Promise<Result> {
  const { migrationId, batchId, jobId, lastStatus, lastNeed, waiterId, sight } = asked;
  const nowMs = services.nowMs();
  const dateMs = completeAfterDateTime === null ? NaN : Date.parse(completeAfterDateTime);
  const completeAfterMs = Number.isNaN(dateMs) ? null : dateMs;
  const need = personNeedOf({ status, completeAfterMs, nowMs });
  if (status !== lastStatus || need !== lastNeed || sight.unseenSinceMs !== null) {
    const batch = await storedBatch(services.stores, migrationId, batchId);
    if (waiterId !== null && isOver(batch, asked)) return { kind: 'ended' };
    if (batch.finishedAt === null)
      await saveStatus({ status, message, need }, batch, asked, services);
    // A deletion that has been seen is remembered: the job is known to be gone then.
    else if (deletion.includes(status) && batch.jobId === jobId)
      await services.stores.batches.update(migrationId, batchId, { jobStatus: status });
    if (waiterId !== null && sight.isReported)
      await reopenUnknown(
        { migrationId, batchId, jobId, status, sinceMs: sight.unseenSinceMs ?? nowMs },
        services,
      );
  }
  return { kind: 'done', status, completeAfterMs, need, ...(await commandsOf(asked, services)) };
}

async function unseen(
  asked: Input,
  { problem, seconds, absent }: Exclude<LookUp, { kind: 'done' }>,
  services: ActivityServices,
): Promise<Result> {
  const { migrationId, batchId, jobId, waiterId, sight } = asked;
  const { stores } = services;
  const batch = await storedBatch(stores, migrationId, batchId);
  if (waiterId !== null && isOver(batch, asked)) return { kind: 'ended' };
  if (batch.finishedAt === null) await saveUnseen(problem, batch, asked, sight, services);
  const { completeAfterDateTime } = await storedMigration(stores, migrationId);
  return {
    kind: 'notSeen',
    seconds,
    absent,
    deleted: absent && batch.jobId === jobId && deletion.includes(batch.jobStatus),
    retry: batch.retryCommandId !== null,
    completeAfterMs: completeAfterDateTime === null ? null : Date.parse(completeAfterDateTime),
    status: batch.jobId === jobId ? batch.jobStatus : null,
    reason: describeProblem(problem),
    ...(await commandsOf(asked, services)),
  };
}

/** Whether the batch has ended, or another orchestration has taken the place of the one that asks. */
function isOver(batch: Batch, { owner }: Input): boolean {
  return owner === null ? batch.finishedAt !== null : !ownsBatch(batch, owner);
}

async function commandsOf(
  { migrationId, batchId, waiterId }: Input,
  { stores }: ActivityServices,
): Promise<{ readonly commands: boolean; readonly unconfirmed: boolean }> {
  if (waiterId === null) return { commands: false, unconfirmed: false };
  const commandLog = await stores.commands.readBatchLog(migrationId, batchId);
  const unconfirmed = unconfirmedFor(batchId, commandLog).length > 0;
  return { commands: unconfirmed || undecidedFor(batchId, commandLog).length > 0, unconfirmed };
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
    services.warn(`${migrationId} ${batchId}: job ${jobId} is in sight again as ${status}`);
  if (jobStatus !== status) {
    // The row's own instant makes the id the same when this is done again before the row is written.
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
  // Whoever reads the job on the way to something else has not done that yet: what is tried again stays on the row, with the instant since when.
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

/** Says on the row that the job is not shown; from half an hour on, that somebody is needed. */
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
  const isOutOfSight = waiterId !== null && nowMs - sinceMs >= outOfSightAfterMs;
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
      `${migrationId} ${batchId}: job ${jobId} is out of sight since ${sinceAt} (${describeProblem(problem)})`,
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
