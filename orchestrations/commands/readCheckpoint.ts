import type { z } from 'zod';
import type { ApprovalRequest, CommandLog } from '../../shared/contracts/command.ts';
import {
  readCheckpointInputSchema,
  type readCheckpointResultSchema,
} from '../../shared/contracts/internal/commands.ts';
import type { Batch, Migration } from '../../shared/contracts/migration.ts';
import {
  validApprovals,
  type Clearance,
  clearanceOf,
  type CheckpointStage,
  openApproval,
} from '../../shared/domain/checkpoint.ts';
import { pendingCommands } from '../../shared/domain/commands.ts';
import { personNeedSteps } from '../../shared/domain/needsPerson.ts';
import { approvalRequested, personNeeded } from '../../shared/domain/outcomeEvent.ts';
import { contentHash } from '../../shared/storage/encoding.ts';
import { type ActivityServices, storedBatch, storedMigration } from '../activityServices.ts';
import { clearDelay, goOn } from '../batchStatus.ts';
import { forgetFreeze, isHeldByFreeze } from './freeze.ts';

/**
 * Takes room for the OneDrives of a batch among the moves that the source may have queued, over all migrations; false while there is
 * none. A batch that has its room keeps it until its end. One that is larger than all the room there is goes when nothing else does.
 */
export async function takeQuotaForBatch(
  { workloads, validateOnly }: Migration,
  { migrationId, batchId }: Batch,
  { stores, maxQueuedMoves }: ActivityServices,
): Promise<boolean> {
  if (validateOnly || !workloads.includes('ODSP')) return true;
  const open = await stores.tasks.listOpen(migrationId, batchId);
  if (open.length === 0) return true;
  if (
    (await stores.quota.hold(
      { migrationId, batchId, taskId: null },
      Math.min(open.length, maxQueuedMoves),
      maxQueuedMoves,
    )) === undefined
  )
    return false;
  // An instance that stood still may take it after the batch has ended. The end is on the row before the room is given back.
  if ((await storedBatch(stores, migrationId, batchId)).finishedAt !== null)
    await stores.quota.releaseBatch(migrationId, batchId);
  return true;
}

const waitsForQuota =
  'waits until the source has room for its OneDrives: MAX_QUEUED_MOVES of them, sites included, are queued or moving';

/**
 * Whether a batch may take its next step. A batch that stands before its cutover and is not covered by an approval that holds requests one, unless a
 * request is open; the first one that finds the time over writes the decision down, unless somebody was quicker.
 */
export async function readCheckpoint(
  input: unknown,
  services: ActivityServices,
): Promise<z.infer<typeof readCheckpointResultSchema>> {
  const { migrationId, batchId, stage, sinceMs, waiterId } = readCheckpointInputSchema.parse(input);
  const { stores } = services;
  const migration = await storedMigration(stores, migrationId);
  const batch = await storedBatch(stores, migrationId, batchId);
  if (waiterId !== null && batch.waiterId !== waiterId)
    await stores.batches.update(migrationId, batchId, { waiterId });
  if (stage === 'hold' && batch.needsPerson !== 'invalidUsers')
    await holdBatch(migration, batch, sinceMs, services);
  const commandLog = await stores.commands.readBatchLog(migrationId, batchId);
  if (pendingCommands(batchId, commandLog).length > 0) return { kind: 'commands' };
  const { approvalHours, holdHours } = migration;
  const where = {
    stage,
    batchId,
    runCommandId: batch.runCommandId,
    approvalHours,
    isCleared: batch.clearedAt !== null,
    heldUntilMs: sinceMs + (holdHours ?? 0) * 3_600_000,
  };
  const readClearance = async (seen: CommandLog): Promise<Clearance> =>
    clearanceOf(
      {
        ...where,
        isApproved: await isApproved(migration, batch, stage, seen, services),
        nowMs: services.nowMs(),
      },
      seen,
    );
  const answer = await decided(
    await readClearance(commandLog),
    commandLog,
    migration,
    services,
    async () => {
      const seen = await stores.commands.readBatchLog(migrationId, batchId);
      return { seen, checkpoint: await readClearance(seen) };
    },
  );
  if (answer.kind === 'wait') await forgetFreeze(batch, services);
  // Last of all: approval is asked for, and its time runs, during a freeze as well. What has begun to migrate by itself is watched.
  if (
    answer.kind === 'go' &&
    (stage === 'create' || stage === 'migrate') &&
    (await isHeldByFreeze(batch, services))
  )
    return { kind: 'frozen' };
  // Room is taken before the first step of a run; what comes later has it.
  if (answer.kind === 'wait' && waiterId !== null && batch.delayedOperation !== null)
    await clearDelay({ migrationId, batchId }, [goOn], services);
  const isFirstStep = stage === 'create' || (stage === 'migrate' && batch.run > 1);
  if (answer.kind !== 'go') return answer;
  if (stage === 'migrate' && migration.kind === 'users' && (await hasNobodyOpen(batch, services)))
    return { kind: 'stop', reason: 'every user of the batch has an outcome' };
  if (!isFirstStep || (await takeQuotaForBatch(migration, batch, services))) {
    // Before the step: from here on a validation is not the one that was approved.
    if (stage === 'migrate' && approvalHours !== null && batch.clearedAt === null)
      await stores.batches.update(migrationId, batchId, {
        clearedAt: new Date(services.nowMs()).toISOString(),
      });
    return answer;
  }
  if (batch.message !== waitsForQuota)
    await stores.batches.update(migrationId, batchId, {
      message: waitsForQuota,
      updatedAt: new Date(services.nowMs()).toISOString(),
    });
  return { kind: 'full' };
}

async function hasNobodyOpen(
  { migrationId, batchId }: Batch,
  { stores }: ActivityServices,
): Promise<boolean> {
  return (await stores.tasks.listOpen(migrationId, batchId)).length === 0;
}

/** Shows that the batch waits for somebody, and tells it once. How many are invalid is on the row since their validation was recorded. */
async function holdBatch(
  migration: Migration,
  batch: Batch,
  sinceMs: number,
  { stores, nowMs }: ActivityServices,
): Promise<void> {
  const now = new Date(nowMs()).toISOString();
  await stores.outcomes.send(
    personNeeded(migration, batch.batchId, batch.jobId, 'invalidUsers', String(sinceMs), now),
  );
  await stores.batches.update(batch.migrationId, batch.batchId, {
    phase: 'held',
    needsPerson: 'invalidUsers',
    message: personNeedSteps.invalidUsers,
    updatedAt: now,
  });
}

/** Whether approvals that hold cover everybody whom the batch is about to migrate; before that, whether there is one that holds. */
async function isApproved(
  migration: Migration,
  batch: Batch,
  stage: CheckpointStage,
  commandLog: CommandLog,
  { stores }: ActivityServices,
): Promise<boolean> {
  if (migration.approvalHours === null) return false;
  const holding = validApprovals(migration, batch, commandLog);
  if (stage === 'create' || stage === 'hold' || holding.length === 0) return holding.length > 0;
  let open = await stores.tasks.listOpen(batch.migrationId, batch.batchId);
  for (const { approvalId } of holding) {
    const covered = new Set(await stores.requests.loadApproved(migration.id, approvalId));
    open = open.filter((taskId) => !covered.has(taskId));
    if (open.length === 0) return true;
  }
  return false;
}

/** Requests approval for everybody in the migration who has no outcome now. Of two that ask at the same moment one request holds. */
async function askApproval(
  migration: Migration,
  commandLog: CommandLog,
  { stores, nowMs }: ActivityServices,
): Promise<void> {
  const taskIds = await openTasks(migration.id, stores);
  const tasksHash = contentHash(taskIds);
  const number = (commandLog.approvals.at(-1)?.number ?? 0) + 1;
  const approvalId = `${String(number)}-${tasksHash.slice(0, 16)}`;
  const request: ApprovalRequest = {
    migrationId: migration.id,
    number,
    approvalId,
    taskCount: taskIds.length,
    tasksHash,
    requestedAt: new Date(nowMs()).toISOString(),
  };
  // Whom it covers is on record before it can be decided on.
  await stores.requests.saveApproved(migration.id, approvalId, taskIds);
  // Told before it is noted: a crash between the two tells it again, under the same id.
  await stores.outcomes.send(approvalRequested(migration, request));
  await stores.commands.askApproval(request);
}

/** The ids of all tasks of a migration without an outcome, sorted. */
async function openTasks(
  migrationId: string,
  { tasks }: ActivityServices['stores'],
): Promise<string[]> {
  const ids: string[] = [];
  let continuationToken: string | undefined;
  do {
    const page = await tasks.list(migrationId, {
      pageSize: 1_000,
      outcome: 'pending',
      continuationToken,
    });
    ids.push(...page.items.map(({ taskId }) => taskId));
    ({ continuationToken } = page);
  } while (continuationToken !== undefined);
  return ids.sort();
}

async function decided(
  checkpoint: Clearance,
  commandLog: CommandLog,
  migration: Migration,
  services: ActivityServices,
  again: () => Promise<{ readonly checkpoint: Clearance; readonly seen: CommandLog }>,
): Promise<z.infer<typeof readCheckpointResultSchema>> {
  const { stores, nowMs } = services;
  const goOnWith = async (): Promise<z.infer<typeof readCheckpointResultSchema>> => {
    const { checkpoint: next, seen } = await again();
    return decided(next, seen, migration, services, again);
  };
  switch (checkpoint.kind) {
    case 'ask':
      await askApproval(migration, commandLog, services);
      return goOnWith();
    case 'timedOut': {
      const number = openApproval(commandLog)?.number;
      if (number !== undefined)
        await stores.commands.decide({
          migrationId: migration.id,
          number,
          verdict: 'timedOut',
          by: null,
          byId: null,
          reason: null,
          decidedAt: new Date(nowMs()).toISOString(),
        });
      return goOnWith();
    }
    default:
      return checkpoint;
  }
}
