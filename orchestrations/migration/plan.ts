import type { z } from 'zod';
import { splitIntoBatches } from '../../shared/contracts/ids.ts';
import {
  migrationInputSchema,
  type planResultSchema,
} from '../../shared/contracts/internal/batch.ts';
import type { Batch, Migration } from '../../shared/contracts/migration.ts';
import type { MigrationRequest, RequestedUser } from '../../shared/contracts/request.ts';
import type { SharePointParameters } from '../../shared/contracts/sharePointParameters.ts';
import type { Task } from '../../shared/contracts/task.ts';
import { hasStarted } from '../../shared/domain/batchStates.ts';
import { addCounts, countTasks, isFinalPhase, noCounts } from '../../shared/domain/outcomes.ts';
import { sourceOf, targetOf } from '../../shared/domain/sharePoint.ts';
import { acceptanceEntry } from '../../shared/storage/auditEntries.ts';
import { inParallel } from '../../shared/storage/calls.ts';
import { sharePointTaskId } from '../../shared/storage/rows.ts';
import type { Stores } from '../../shared/storage/stores.ts';
import {
  type ActivityServices,
  insertReserved,
  replaceMigration,
  type ReservationRules,
  storedMigration,
} from '../activityServices.ts';
import { taskTotals } from '../batchStatus.ts';

/**
 * Returns a function that says whether the request asks to move a task although a migration moved
 * it before.
 */
function moveAgainIn(request: MigrationRequest): (taskId: string) => boolean {
  if (request.moveAgain) return () => true;
  const again = new Set(request.kind === 'users' ? movedAgain(request.users) : []);
  return (taskId) => again.has(taskId);
}

/** Returns the same for a migration, including users that commands added. */
export async function moveAgainOf(
  stores: Stores,
  migrationId: string,
): Promise<(taskId: string) => boolean> {
  const inRequest = moveAgainIn(await stores.requests.load(migrationId));
  const again = new Set<string>();
  for (const { kind, commandId } of (await stores.commands.readLog(migrationId)).commands) {
    if (kind === 'addTasks')
      for (const id of movedAgain(await stores.requests.loadAdded(migrationId, commandId)))
        again.add(id);
  }
  return (taskId) => inRequest(taskId) || again.has(taskId);
}

/** Returns the ids of the users that are marked `moveAgain`. */
export function movedAgain(
  users: readonly { readonly targetUserId: string; readonly moveAgain?: boolean | undefined }[],
): string[] {
  return users.flatMap(({ targetUserId, moveAgain = false }) => (moveAgain ? [targetUserId] : []));
}

/**
 * Returns the row of a new batch. `runCommandId` is the command that adds it, or null for the
 * request.
 */
export function newBatch(
  common: Pick<Batch, 'migrationId' | 'batchId' | 'taskCount' | 'runCommandId' | 'updatedAt'>,
): Batch {
  return {
    ...common,
    phase: 'queued',
    counts: { ...noCounts, pending: common.taskCount },
    failures: null,
    attempt: 0,
    jobId: null,
    jobDisplayName: null,
    jobStatus: null,
    message: null,
    waiterId: null,
    needsPerson: null,
    delayedOperation: null,
    outOfSightAt: null,
    createSentAs: null,
    commandTry: null,
    retryCommandId: null,
    run: 1,
    restarts: 0,
    firstAttempt: 1,
    clearedAt: null,
    revalidatedAt: null,
    finishedAt: null,
  };
}

/** Returns the row of a new SharePoint task. */
export function newSharePointTask(
  common: Pick<Task, 'migrationId' | 'batchId' | 'updatedAt'>,
  parameters: SharePointParameters,
): Task {
  const source = sourceOf(parameters);
  return {
    ...common,
    taskId: sharePointTaskId(parameters),
    sourceUserPrincipalName: source.kind === 'userPrincipalName' ? source.value : null,
    source: source.value,
    target: targetOf(parameters),
    parameters,
    outcome: null,
    outcomeBefore: null,
    jobId: null,
    creation: null,
    services: [],
    validation: [],
  };
}

/** Returns the row of a new user task. */
export function newTask(
  common: Pick<Task, 'migrationId' | 'batchId' | 'updatedAt'>,
  user: RequestedUser,
): Task {
  return {
    ...common,
    taskId: user.targetUserId,
    sourceUserPrincipalName:
      ('sourceUserPrincipalName' in user ? user.sourceUserPrincipalName : undefined) ?? null,
    source: null,
    target: null,
    parameters: null,
    outcome: null,
    outcomeBefore: null,
    jobId: null,
    creation: null,
    services: [],
    validation: [],
  };
}

/**
 * Returns the plan for the migration's orchestration: how many batches to run, in how many lanes.
 */
export function planResult(
  { validateOnly, holdHours, kind }: Migration,
  batches: readonly Batch[],
  { maxParallelBatches }: ActivityServices,
): z.infer<typeof planResultSchema> {
  const batchCount = batches.length;
  return {
    batchCount,
    laneCount: Math.min(batchCount, maxParallelBatches),
    validateOnly,
    hold: holdHours !== null,
    kind,
    deletion: false,
    begun: batches.some(hasStarted),
  };
}

const parallelBatches = 20;

/**
 * Splits the request into batches, reserves every user in the ledger, and writes a row for each
 * user and batch. Existing rows do not change. A user whom another migration has reserved or moved
 * is recorded as invalid. Safe to repeat.
 */
export async function planMigration(
  input: unknown,
  services: ActivityServices,
): Promise<z.infer<typeof planResultSchema>> {
  const { migrationId, trouble } = migrationInputSchema.parse(input);
  const { stores } = services;
  const migration = await storedMigration(stores, migrationId);
  await stores.audit.append(migrationId, acceptanceEntry(migration));
  if (trouble !== null && !isFinalPhase(migration.phase))
    await stores.migrations.update(migrationId, {
      message: `retrying after an error: ${trouble}`,
    });
  const request = await stores.requests.load(migrationId);
  const updatedAt = new Date(services.nowMs()).toISOString();
  const plan = splitIntoBatches<RequestedUser | SharePointParameters>(
    request.kind === 'users' ? request.users : request.tasks,
    migration.batchSize,
  );
  const ids = new Set(plan.map(({ batchId }) => batchId));

  // Batch rows are written last: if all of them exist, the plan is complete.
  const known = (await stores.batches.list(migrationId)).filter(({ batchId }) =>
    ids.has(batchId),
  ).length;
  if (known < plan.length) {
    const rules = { validateOnly: migration.validateOnly, moveAgain: moveAgainIn(request) };
    // Only a few batches at a time, because the rows of all tasks would need much memory.
    const rows = await inParallel(parallelBatches, plan, ({ batchId, users }) => {
      const common = { migrationId, batchId, updatedAt };
      const tasks = users.map((user) =>
        '@odata.type' in user ? newSharePointTask(common, user) : newTask(common, user),
      );
      return insertTasks(
        newBatch({ ...common, taskCount: tasks.length, runCommandId: null }),
        tasks,
        rules,
        services,
      );
    });
    await stores.tasks.insertTaskIndex(
      migrationId,
      plan.flatMap(({ batchId, users }) =>
        users.map((user) => ({
          batchId,
          taskId: '@odata.type' in user ? sharePointTaskId(user) : user.targetUserId,
        })),
      ),
    );
    await stores.batches.insertMissing(rows);
  }
  // Read before the batches, so that a command that adds batches meanwhile is counted.
  const now = await storedMigration(stores, migrationId);
  const batches = await stores.batches.list(migrationId);
  // A late repetition must not reopen a finished migration.
  if (!isFinalPhase(now.phase)) {
    await replaceMigration(stores, now, {
      phase: 'running',
      message: null,
      batchCount: batches.length,
      taskCount: countTasks(batches),
      counts: addCounts(batches.map(({ counts }) => counts)),
      updatedAt,
    });
  }
  return planResult(
    migration,
    batches.filter(({ batchId }) => ids.has(batchId)),
    services,
  );
}

/**
 * Reserves the users of a batch and writes the rows of their tasks. Returns the batch's row with
 * counts; the caller writes it.
 */
async function insertTasks(
  batch: Batch,
  tasks: readonly Task[],
  rules: ReservationRules,
  services: ActivityServices,
): Promise<Batch> {
  const rows = await insertReserved(batch, tasks, rules, services, true);
  return rows.every(({ outcome }) => outcome === null) ? batch : { ...batch, ...taskTotals(rows) };
}
