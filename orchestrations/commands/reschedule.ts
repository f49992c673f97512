import { z } from 'zod';
import { commandBodySchema } from '../../shared/contracts/command.ts';
import { hasFinalOutcome } from '../../shared/domain/polling.ts';
import { canStartAt } from '../../shared/domain/sharePoint.ts';
import type { ActivityServices } from '../activityServices.ts';
import type { SharePointTaskRow } from '../sharePoint/taskRow.ts';
import type { CommandDefinition } from './commandDefinition.ts';
import { addressUnfinished } from './commandTargets.ts';
import type { CommandExecution } from './interpretCommands.ts';

/** Changes the earliest time of the cutover. */
export const reschedule: CommandDefinition = {
  route: {
    name: 'rescheduleMigration',
    path: 'reschedule',
    summary: 'Change the earliest time of the cutover',
  },
  role: 'Migrations.Submit',
  appliesTo: ['users', 'sharePoint'],
  body: z
    .strictObject({
      ...commandBodySchema.shape,
      completeAfterDateTime: z.iso.datetime({
        offset: true,
        error: 'must be an ISO 8601 instant with Z or an offset',
      }),
    })
    .meta({ id: 'RescheduleBody', description: 'The new earliest time of the cutover.' }),
  refusal: ({ completeAfterDateTime }, _migration, nowMs) =>
    completeAfterDateTime !== undefined && Date.parse(completeAfterDateTime) <= nowMs
      ? {
          code: 'invalidRequest',
          detail: 'the body has bad fields; errors lists each of them',
          errors: [{ path: 'completeAfterDateTime', message: 'must be in the future' }],
        }
      : undefined,
  isReplacedByLater: true,
  async accept(asked, services) {
    const { completeAfterDateTime, acceptedAt: updatedAt } = asked.command;
    // Jobs and tasks that are created from now on get the new date from this row.
    if (completeAfterDateTime !== null)
      await services.stores.migrations.update(asked.migration.id, {
        completeAfterDateTime,
        updatedAt,
      });
    return addressUnfinished(asked, services);
  },
  executeForSharePoint: (command, taskRows, services) =>
    command.completeAfterDateTime === null
      ? Promise.resolve({ verdict: 'refused', detail: 'the command has no completeAfterDateTime' })
      : countRescheduled(command.completeAfterDateTime, taskRows, services),
};

/**
 * Counts what a reschedule affects. The new date is already in the migration's row, so tasks that
 * get quota from now on are created with it.
 */
async function countRescheduled(
  startAt: string,
  taskRows: readonly SharePointTaskRow[],
  { stores }: ActivityServices,
): Promise<CommandExecution> {
  let late = 0;
  let unchanged = 0;
  let moved = 0;
  for (const taskRow of taskRows) {
    if (hasFinalOutcome(taskRow)) continue;
    const { migrationId, batchId, taskId, parameters } = taskRow;
    if ((await stores.quota.find({ migrationId, batchId, taskId })) !== undefined) late += 1;
    else if (canStartAt(parameters, startAt)) moved += 1;
    else unchanged += 1;
  }
  const detail = [
    `${String(moved)} will not start before the new date`,
    ...(late > 0 ? [`${String(late)} were created before and do not change`] : []),
    ...(unchanged > 0
      ? [`${String(unchanged)} must start before the new date and do not change`]
      : []),
  ].join(', ');
  if (moved === 0) return { verdict: 'tooLate', detail };
  return { verdict: late + unchanged === 0 ? 'applied' : 'partlyApplied', detail };
}
