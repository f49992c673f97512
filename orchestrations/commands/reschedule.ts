import { z } from 'zod';
import { commandBodySchema } from '../../shared/contracts/command.ts';
import type { CommandDefinition } from './commandDefinition.ts';
import { addressUnfinished } from './commandTargets.ts';

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
};
