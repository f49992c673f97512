import type { SharePointParameters } from '../../shared/contracts/sharePointParameters.ts';
import { createParameters } from '../../shared/domain/moveParameters.ts';
import type { ActivityServices } from './activityServices.ts';
import type { Move } from './storedMove.ts';
import { storedMigration } from './storedRows.ts';

/** What a create sends now: a reschedule changes the start of what has not been created. */
export async function parametersToSend(
  { migrationId, parameters }: Move,
  { stores }: ActivityServices,
): Promise<SharePointParameters> {
  const { completeAfterDateTime } = await storedMigration(stores, migrationId);
  return createParameters(parameters, completeAfterDateTime);
}
