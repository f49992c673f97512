import type { z } from 'zod';
import {
  answerCommandInputSchema,
  type answeredSchema,
  batchRefSchema,
  dropTaskInputSchema,
  type takeCommandsResultSchema,
} from '../../shared/contracts/activities.ts';
import { undecidedFor } from '../../shared/domain/answeredCommands.ts';
import type { ActivityServices } from './activityServices.ts';

/** What a batch has still to answer, oldest first, without the names of those who asked. */
export async function takeCommands(input: unknown, { stores }: ActivityServices): Promise<z.infer<typeof takeCommandsResultSchema>> {
  const { migrationId, batchId } = batchRefSchema.parse(input);
  const undecided = undecidedFor(batchId, await stores.commands.book(migrationId));
  return { commands: undecided.map(({ commandId, kind, completeAfterDateTime, taskId }) => ({ commandId, kind, completeAfterDateTime, taskId })) };
}

/** Records what became of a command in a batch; the first answer stays. */
export async function answerCommand(input: unknown, { stores, nowMs }: ActivityServices): Promise<z.infer<typeof answeredSchema>> {
  const { migrationId, batchId, commandId, verdict, detail } = answerCommandInputSchema.parse(input);
  await stores.commands.answer({ migrationId, batchId, commandId, verdict, detail, decidedAt: new Date(nowMs()).toISOString() });
  return { kind: 'done' };
}

/** Takes a user out of a batch before there is a job. */
export async function dropTask(input: unknown, { stores, nowMs }: ActivityServices): Promise<z.infer<typeof answeredSchema>> {
  const { migrationId, batchId, taskId } = dropTaskInputSchema.parse(input);
  const task = (await stores.tasks.listBatch(migrationId, batchId)).find((one) => one.taskId === taskId);
  if (task?.outcome === null) await stores.tasks.save([{ ...task, outcome: 'cancelled', updatedAt: new Date(nowMs()).toISOString() }]);
  return { kind: 'done' };
}
