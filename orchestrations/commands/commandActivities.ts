import type { z } from 'zod';
import type { Command } from '../../shared/contracts/command.ts';
import { batchRefSchema, type doneSchema } from '../../shared/contracts/internal/batch.ts';
import {
  type droppedSchema,
  dropTaskInputSchema,
  type readCommandsResultSchema,
  recordCommandResultInputSchema,
  type reopenedSchema,
  reopenTasksInputSchema,
} from '../../shared/contracts/internal/commands.ts';
import type { Task } from '../../shared/contracts/task.ts';
import { pendingCommands, unconfirmedCommands } from '../../shared/domain/commands.ts';
import { cancelUnstarted } from '../../shared/domain/outcomes.ts';
import {
  type ActivityServices,
  reserveUsers,
  storedBatch,
  storedMigration,
  unavailableTask,
} from '../activityServices.ts';
import { saveOutcomes } from '../users/recordTasks.ts';
import { commandDefinitions } from './index.ts';

// Many commands are handled over several generations, so that no history grows with their number.
const mostAtOnce = 20;

/**
 * Returns the next commands that a batch has to handle, oldest first and without the names of the
 * people who sent them. Unconfirmed commands come last.
 */
export async function readCommands(
  input: unknown,
  { stores }: ActivityServices,
): Promise<z.infer<typeof readCommandsResultSchema>> {
  const { migrationId, batchId } = batchRefSchema.parse(input);
  const commandLog = await stores.commands.readBatchLog(migrationId, batchId);
  const undecided = pendingCommands(batchId, commandLog).map((command) => ({
    ...command,
    isUnconfirmed: false,
    isOvertaken: false,
  }));
  const unconfirmed = unconfirmedCommands(batchId, commandLog)
    .map((command) => ({
      ...command,
      isUnconfirmed: true,
      isOvertaken: isReplaced(command, commandLog.commands),
    }))
    .sort((a, b) => Number(isUrgent(b)) - Number(isUrgent(a)));
  return {
    more: undecided.length > mostAtOnce,
    commands: [...undecided, ...unconfirmed]
      .slice(0, mostAtOnce)
      .map(
        ({
          commandId,
          kind,
          completeAfterDateTime,
          taskId,
          continueWithout,
          acceptedAt,
          isUnconfirmed,
          isOvertaken,
        }) => ({
          commandId,
          kind,
          completeAfterDateTime,
          taskId,
          continueWithout,
          acceptedAt,
          isUnconfirmed,
          isOvertaken,
        }),
      ),
  };
}

function isUrgent({ kind }: Command): boolean {
  return commandDefinitions[kind].isUrgent === true;
}

/** Returns true if a later command replaces this one. */
function isReplaced({ kind, taskId, commandId }: Command, commands: readonly Command[]): boolean {
  if (commandDefinitions[kind].isReplacedByLater !== true) return false;
  return commands
    .slice(commands.findIndex((one) => one.commandId === commandId) + 1)
    .some((later) => later.kind === kind && later.taskId === taskId);
}

/** Records the result of a command in a batch. The first result stays. */
export async function recordCommandResult(
  input: unknown,
  { stores, nowMs }: ActivityServices,
): Promise<z.infer<typeof doneSchema>> {
  const { migrationId, batchId, commandId, verdict, detail } =
    recordCommandResultInputSchema.parse(input);
  await stores.commands.recordResult({
    migrationId,
    batchId,
    commandId,
    verdict,
    detail,
    decidedAt: new Date(nowMs()).toISOString(),
  });
  return { kind: 'done' };
}

/**
 * Reopens users of a batch: those who failed validation in this job, or those whose outcome is
 * unknown because the job is gone. A user whom another migration has reserved or moved meanwhile
 * stays out; the job then needs a new one in its place, because it contains that user.
 */
export async function reopenTasks(
  input: unknown,
  services: ActivityServices,
): Promise<z.infer<typeof reopenedSchema>> {
  const { migrationId, batchId, jobId, outcome } = reopenTasksInputSchema.parse(input);
  const { stores, nowMs } = services;
  const updatedAt = new Date(nowMs()).toISOString();
  const chosen = (await stores.tasks.listBatch(migrationId, batchId)).filter(
    (task) => task.outcome === outcome && (outcome === 'unknown' || task.jobId === jobId),
  );
  const { validateOnly } = await storedMigration(stores, migrationId);
  const { run } = await storedBatch(stores, migrationId, batchId);
  const conflicts = await reserveUsers(
    { migrationId, batchId, run },
    chosen,
    { validateOnly, moveAgain: () => false },
    services,
  );
  const reopened = chosen.map((task): Task => {
    const entry = conflicts.get(task.taskId);
    return entry === undefined
      ? { ...task, outcome: null, updatedAt }
      : unavailableTask(task, entry, updatedAt);
  });
  await stores.tasks.save(reopened, chosen);
  await stores.batches.update(migrationId, batchId, { retryCommandId: null });
  return { kind: 'done', needsNewJob: conflicts.size > 0 };
}

/** Removes a user from a batch: before there is a job, or after the job has cancelled them. */
export async function dropTask(
  input: unknown,
  services: ActivityServices,
): Promise<z.infer<typeof droppedSchema>> {
  const { migrationId, batchId, taskId, wasInJob } = dropTaskInputSchema.parse(input);
  const { stores, nowMs } = services;
  const task = await stores.tasks.get(migrationId, batchId, taskId);
  if (task?.outcome !== null) return { kind: 'done', outcome: task?.outcome ?? 'gone' };
  const remaining = task.services.map((service) =>
    service.status === 'completed' ? service : { ...service, status: 'cancelled' },
  );
  await saveOutcomes(
    { migrationId, batchId },
    [
      cancelUnstarted(
        { ...task, outcomeBefore: wasInJob ? null : task.outcomeBefore },
        remaining,
        new Date(nowMs()).toISOString(),
      ),
    ],
    [task],
    services,
  );
  return { kind: 'done', outcome: null };
}
