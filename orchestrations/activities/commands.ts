import type { z } from 'zod';
import {
  answerCommandInputSchema,
  type answeredSchema,
  batchRefSchema,
  dropTaskInputSchema,
  type droppedSchema,
  reopenTasksInputSchema,
  type takeCommandsResultSchema,
} from '../../shared/contracts/activities.ts';
import { undecidedFor } from '../../shared/domain/answeredCommands.ts';
import { letGo } from '../../shared/domain/letGo.ts';
import type { ActivityServices } from './activityServices.ts';

/** What a batch has still to answer, oldest first, without the names of those who asked. */
export async function takeCommands(input: unknown, { stores }: ActivityServices): Promise<z.infer<typeof takeCommandsResultSchema>> {
  const { migrationId, batchId } = batchRefSchema.parse(input);
  const undecided = undecidedFor(batchId, await stores.commands.book(migrationId));
  return { commands: undecided.map(({ commandId, kind, completeAfterDateTime, taskId, continueWithout }) => ({ commandId, kind, completeAfterDateTime, taskId, continueWithout })) };
}

/** Records what became of a command in a batch; the first answer stays. */
export async function answerCommand(input: unknown, { stores, nowMs }: ActivityServices): Promise<z.infer<typeof answeredSchema>> {
  const { migrationId, batchId, commandId, verdict, detail } = answerCommandInputSchema.parse(input);
  await stores.commands.answer({ migrationId, batchId, commandId, verdict, detail, decidedAt: new Date(nowMs()).toISOString() });
  return { kind: 'done' };
}

/** Gives the users of a batch who failed validation in this job another chance. */
export async function reopenTasks(input: unknown, { stores, nowMs }: ActivityServices): Promise<z.infer<typeof answeredSchema>> {
  const { migrationId, batchId, jobId } = reopenTasksInputSchema.parse(input);
  const updatedAt = new Date(nowMs()).toISOString();
  const invalid = (await stores.tasks.listBatch(migrationId, batchId)).filter((task) => task.outcome === 'invalid' && task.jobId === jobId);
  await stores.tasks.save(invalid.map((task) => ({ ...task, outcome: null, updatedAt })));
  return { kind: 'done' };
}

/** Takes a user out of a batch: before there is a job, or when the job has let go of him. */
export async function dropTask(input: unknown, { stores, nowMs }: ActivityServices): Promise<z.infer<typeof droppedSchema>> {
  const { migrationId, batchId, taskId } = dropTaskInputSchema.parse(input);
  const task = (await stores.tasks.listBatch(migrationId, batchId)).find((one) => one.taskId === taskId);
  if (task?.outcome !== null) return { kind: 'done', outcome: task?.outcome ?? 'gone' };
  const left = task.services.map((service) => (service.status === 'completed' ? service : { ...service, status: 'cancelled' }));
  await stores.tasks.save([letGo(task, left, new Date(nowMs()).toISOString())]);
  return { kind: 'done', outcome: null };
}
