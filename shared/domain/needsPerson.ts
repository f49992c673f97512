import type { PersonNeed } from '../contracts/migration.ts';
import { isJobStatus } from './lifecycle.ts';

const dayMs = 86_400_000;
const beforeCutover: readonly string[] = ['processing', 'inProgress', 'approved'];

/**
 * Returns why a job in this status needs a person, or null. A job that has not started to cut over
 * a day after its cutover date may have stalled mailboxes, which wait for an approval of skipped
 * items that Graph does not show (Migration Orchestrator). `completeAfterMs` is null if the job has
 * no cutover date.
 */
export function personNeedOf({
  status,
  completeAfterMs,
  nowMs,
}: {
  readonly status: string;
  readonly completeAfterMs: number | null;
  readonly nowMs: number;
}): PersonNeed | null {
  if (status === 'adminActionRequired') return 'adminActionRequired';
  if (!isJobStatus(status)) return 'unknownStatus';
  const late = completeAfterMs !== null && nowMs - completeAfterMs > dayMs;
  return late && beforeCutover.includes(status) ? 'notCuttingOver' : null;
}

/** What a person must do for each need. */
export const personNeedSteps: Readonly<Record<PersonNeed, string>> = {
  adminActionRequired:
    'the job waits for an admin: check it in the target tenant; the migration then continues by itself',
  unknownStatus:
    'the job has an undocumented status: check it in the target tenant; the app watches it until it ends',
  notCuttingOver:
    'the cutover is more than a day late: check the data consistency score of the mailboxes (Get-MigrationUser on the target); approve skipped items with Set-MigrationUser -ApproveSkippedItems, or ask Microsoft support if the score is Poor',
  outOfSight:
    'Graph does not show the job: check the job in the target tenant and the permissions of the app; until 30 days after the cutover date the app searches for the job and tries commands',
  invalidUsers:
    'users failed validation: fix their errors and send revalidate, or send revalidate with continueWithout to leave them out',
};
