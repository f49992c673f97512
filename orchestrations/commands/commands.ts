import type { z } from 'zod';
import type { Command } from '../../shared/contracts/command.ts';
import { batchRefSchema, type doneSchema } from '../../shared/contracts/internal/batch.ts';
import {
  type droppedSchema,
  dropTaskInputSchema,
  type readCommandsResultSchema,
  recordCommandResultInputSchema,
  reopenTasksInputSchema,
} from '../../shared/contracts/internal/commands.ts';
import type { Task } from '../../shared/contracts/task.ts';
import { unconfirmedCommands, pendingCommands } from '../../shared/domain/commands.ts';
import { cancelUnstarted } from '../../shared/domain/outcomes.ts';
import { type ActivityServices, storedBatch, storedMigration } from '../activityServices.ts';
import { elsewhere, reserveUsers } from '../reservations.ts';
import { saveOutcomes } from '../users/recordTasks.ts';

// A thousand commands are carried out over many generations, so that no history grows with them.
const mostAtOnce = 20;

/**
 * What a batch has still to answer, oldest first, without the names of those who asked: a few at a time. Those that could not be confirmed come
 * behind.
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
      isOvertaken: isOvertaken(command, commandLog.commands),
    }))
    // However many there are, a cancel is among those that are tried.
    .sort((a, b) => Number(b.kind === 'cancel') - Number(a.kind === 'cancel'));
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
          isOvertaken: overtaken,
        }) => ({
          commandId,
          kind,
          completeAfterDateTime,
          taskId,
          continueWithout,
          acceptedAt,
          isUnconfirmed,
          isOvertaken: overtaken,
        }),
      ),
  };
}

/** Whether a later command says something else of the same. */
function isOvertaken({ kind, taskId, commandId }: Command, commands: readonly Command[]): boolean {
  if (kind !== 'reschedule' && kind !== 'updateTask') return false;
  return commands
    .slice(commands.findIndex((one) => one.commandId === commandId) + 1)
    .some((later) => later.kind === kind && later.taskId === taskId);
}

/** Records what became of a command in a batch; the first answer stays. */
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
 * Gives users of a batch another chance: those who failed validation in this job, or those of whom nothing is known because it is gone. Who is in another
 * migration meanwhile, or was moved by one, stays behind.
 */
export async function reopenTasks(
  input: unknown,
  services: ActivityServices,
): Promise<z.infer<typeof doneSchema>> {
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
      : elsewhere(task, entry, updatedAt);
  });
  await stores.tasks.save(reopened, chosen);
  await stores.batches.update(migrationId, batchId, { retryCommandId: null });
  return { kind: 'done' };
}

/** Takes a user out of a batch: before there is a job, or when the job has let go of him. */
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
