import type { z } from 'zod';
import type { ApprovalRequest, CommandLog } from '../../shared/contracts/command.ts';
import {
  readCheckpointInputSchema,
  type readCheckpointResultSchema,
} from '../../shared/contracts/internal/commands.ts';
import type { Batch, Migration } from '../../shared/contracts/migration.ts';
import {
  type CheckpointStage,
  type Clearance,
  clearanceOf,
  openApproval,
  pendingCommands,
  validApprovals,
} from '../../shared/domain/commands.ts';
import { personNeedSteps } from '../../shared/domain/lifecycle.ts';
import { approvalRequested, personNeeded } from '../../shared/domain/outcomeEvent.ts';
import { contentHash } from '../../shared/storage/rows.ts';
import { type ActivityServices, storedBatch, storedMigration } from '../activityServices.ts';
import { clearDelay, clearFreezeMessage, continueBatch, isHeldByFreeze } from '../batchStatus.ts';

/**
 * Takes quota for the OneDrives of a batch among the queued moves that the source may have, over
 * all migrations. Returns false if there is not enough. A batch holds its quota until it ends. A
 * batch that is larger than the whole quota waits until nothing else is queued.
 */
export async function takeQuotaForBatch(
  { workloads, validateOnly }: Migration,
  { migrationId, batchId }: Batch,
  { stores, maxQueuedMoves }: ActivityServices,
  readOpen = () => stores.tasks.listOpen(migrationId, batchId),
): Promise<boolean> {
  if (validateOnly || !workloads.includes('ODSP')) return true;
  const open = await readOpen();
  if (open.length === 0) return true;
  if (
    (await stores.quota.hold(
      { migrationId, batchId, taskId: null },
      Math.min(open.length, maxQueuedMoves),
      maxQueuedMoves,
    )) === undefined
  )
    return false;
  // A stalled instance may take quota after the batch has ended. The end is in the row before the
  // quota is released.
  if ((await storedBatch(stores, migrationId, batchId)).finishedAt !== null)
    await stores.quota.releaseBatch(migrationId, batchId);
  return true;
}

const waitsForQuota =
  'waiting for quota: MAX_QUEUED_MOVES OneDrives and sites of the source are already queued or moving';

/**
 * Reads whether a batch may take its next step. A batch before its cutover that no valid approval
 * covers requests one, unless a request is open. If the time for the decision is over, records the
 * migration as rejected, unless a decision came first.
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
  // Read once, when first needed, so that the approval, the quota and the step concern the same
  // users.
  let open: Promise<readonly string[]> | undefined;
  const readOpen = (): Promise<readonly string[]> =>
    (open ??= stores.tasks.listOpen(migrationId, batchId));
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
        isApproved: await isApproved(migration, batch, stage, seen, services, readOpen),
        nowMs: services.nowMs(),
      },
      seen,
    );
  const clearance = await resolveApproval(
    await readClearance(commandLog),
    commandLog,
    migration,
    services,
    async () => {
      const seen = await stores.commands.readBatchLog(migrationId, batchId);
      return { seen, clearance: await readClearance(seen) };
    },
  );
  if (clearance.kind === 'wait') await clearFreezeMessage(batch, services);
  // Checked last, because approval is requested, and its time runs, during a freeze as well. A job
  // that migrates already is only watched.
  if (
    clearance.kind === 'go' &&
    (stage === 'create' || stage === 'migrate') &&
    (await isHeldByFreeze(batch, services))
  )
    return { kind: 'frozen' };
  if (clearance.kind === 'wait' && waiterId !== null && batch.delayedOperation !== null)
    await clearDelay({ migrationId, batchId }, [continueBatch], services);
  const isFirstStep = stage === 'create' || (stage === 'migrate' && batch.run > 1);
  if (clearance.kind !== 'go') return clearance;
  if (stage === 'migrate' && migration.kind === 'users' && (await readOpen()).length === 0)
    return { kind: 'stop', reason: 'every user of the batch has an outcome' };
  if (!isFirstStep || (await takeQuotaForBatch(migration, batch, services, readOpen))) {
    // Written before the step: from here on, a new validation makes the approval void.
    if (stage === 'migrate' && approvalHours !== null && batch.clearedAt === null)
      await stores.batches.update(migrationId, batchId, {
        clearedAt: new Date(services.nowMs()).toISOString(),
      });
    return clearance;
  }
  if (batch.message !== waitsForQuota)
    await stores.batches.update(migrationId, batchId, {
      message: waitsForQuota,
      updatedAt: new Date(services.nowMs()).toISOString(),
    });
  return { kind: 'full' };
}

/**
 * Shows that the batch needs a person, and sends the event once. The row has the number of invalid
 * users since their validation was recorded.
 */
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

/**
 * Returns true if valid approvals cover every user whom the batch is about to migrate. In earlier
 * stages, returns true if there is a valid approval.
 */
async function isApproved(
  migration: Migration,
  batch: Batch,
  stage: CheckpointStage,
  commandLog: CommandLog,
  { stores }: ActivityServices,
  readOpen: () => Promise<readonly string[]>,
): Promise<boolean> {
  if (migration.approvalHours === null) return false;
  const holding = validApprovals(migration, batch, commandLog);
  if (stage === 'create' || stage === 'hold' || holding.length === 0) return holding.length > 0;
  let open = await readOpen();
  for (const { approvalId } of holding) {
    const covered = new Set(await stores.requests.loadApproved(migration.id, approvalId));
    open = open.filter((taskId) => !covered.has(taskId));
    if (open.length === 0) return true;
  }
  return false;
}

/**
 * Requests approval for all tasks of the migration without an outcome. If two batches request it at
 * the same moment, one request is stored.
 */
async function requestApproval(
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
  // The covered tasks are stored before anybody can decide.
  await stores.requests.saveApproved(migration.id, approvalId, taskIds);
  // Sent before it is recorded: after a crash between the two, the event is sent again under the
  // same id.
  await stores.outcomes.send(approvalRequested(migration, request));
  await stores.commands.askApproval(request);
}

/** Returns the ids of all tasks of a migration without an outcome, sorted. */
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

/** Resolves a clearance that needs an approval: requests one, or records that its time is over. */
async function resolveApproval(
  clearance: Clearance,
  commandLog: CommandLog,
  migration: Migration,
  services: ActivityServices,
  reload: () => Promise<{ readonly clearance: Clearance; readonly seen: CommandLog }>,
): Promise<z.infer<typeof readCheckpointResultSchema>> {
  const { stores, nowMs } = services;
  const readAgain = async (): Promise<z.infer<typeof readCheckpointResultSchema>> => {
    const { clearance: next, seen } = await reload();
    return resolveApproval(next, seen, migration, services, reload);
  };
  switch (clearance.kind) {
    case 'ask':
      await requestApproval(migration, commandLog, services);
      return readAgain();
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
      return readAgain();
    }
    default:
      return clearance;
  }
}
