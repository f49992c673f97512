import type { z } from 'zod';
import {
  listSharePointTasksInputSchema,
  type listSharePointTasksResultSchema,
} from '../../shared/contracts/internal/sharePoint.ts';
import { parameterTypes } from '../../shared/contracts/sharePointParameters.ts';
import { hasFinalOutcome } from '../../shared/domain/sight.ts';
import { type ActivityServices, storedBatch } from '../activityServices.ts';
import { isSharePointTask, type SharePointTaskRow } from './endTask.ts';

/**
 * Lists the tasks of a SharePoint batch for a stage. For `validate`: tasks without an outcome that
 * the request or the task itself wants validated. For `migrate`: all tasks without a final outcome.
 * `number` is a task's number in the batch, the same at every call.
 */
export async function listSharePointTasks(
  input: unknown,
  { stores, nowMs }: ActivityServices,
): Promise<z.infer<typeof listSharePointTasksResultSchema>> {
  const { migrationId, batchId, stage } = listSharePointTasksInputSchema.parse(input);
  const request = await stores.requests.load(migrationId);
  if (request.kind !== 'sharePoint')
    throw new Error(`${migrationId} is not a SharePoint migration`);
  const updatedAt = new Date(nowMs()).toISOString();
  const { validateFirst, validateOnly, checkIdentityMappings } = request;
  const rows = (await stores.tasks.listBatch(migrationId, batchId)).filter(isSharePointTask);
  const open = rows.flatMap((taskRow, index) =>
    hasFinalOutcome(taskRow) || (stage === 'validate' && taskRow.outcome !== null)
      ? []
      : [{ taskRow, number: index + 1 }],
  );
  const tasks = open
    .map(({ taskRow, number }) => ({
      taskId: taskRow.taskId,
      number,
      checkMapping: checkIdentityMappings && hasMapping(taskRow),
      validate: validateFirst || validateOnly || taskRow.parameters.validateOnly === true,
    }))
    .filter(({ checkMapping, validate }) => stage === 'migrate' || checkMapping || validate);
  const { restarts } = await storedBatch(stores, migrationId, batchId);
  const held =
    restarts === 0
      ? []
      : await Promise.all(
          open.map(({ taskRow: { taskId } }) =>
            stores.quota.find({ migrationId, batchId, taskId }),
          ),
        );
  const begun = open.some(
    ({ taskRow }, index) => taskRow.outcome === 'unknown' || (held[index] ?? 0) > 0,
  );
  const phase = stage === 'migrate' ? 'moving' : 'validating';
  if (tasks.length > 0)
    await stores.batches.updateWhen(migrationId, batchId, (batch) => batch.phase !== 'outOfSight', {
      phase,
      updatedAt,
    });
  return { tasks, begun };
}

/** Sites have no entry in an identity map. */
function hasMapping({ parameters }: SharePointTaskRow): boolean {
  return parameters['@odata.type'] !== parameterTypes.site;
}
