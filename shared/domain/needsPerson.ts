import type { PersonNeed } from '../contracts/migration.ts';
import { isJobStatus } from './lifecycle.ts';

const dayMs = 86_400_000;
const beforeCutover: readonly string[] = ['processing', 'inProgress', 'approved'];

/**
 * Whether a job in this status needs a person: it asks for an admin, says something that nobody has published, or has not
 * begun to cut over a day after it might have (Migration Orchestrator: stalled mailboxes wait for an approval of their
 * skipped items, which Graph does not show). `completeAfterMs` is null when the job does not say.
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

/** What is to be done about it, for people to read. */
export const personNeedSteps: Readonly<Record<PersonNeed, string>> = {
  adminActionRequired:
    'an admin is needed: look at the job in the target tenant; the migration goes on by itself afterwards',
  unknownStatus:
    'the job has a status that nobody has published: look at it in the target tenant; it is watched until it ends',
  notCuttingOver:
    'the cutover is more than a day late: look at the data consistency score of its mailboxes (Get-MigrationUser on the target); approve skipped items with Set-MigrationUser -ApproveSkippedItems, or ask Microsoft support when the score is Poor',
  outOfSight:
    'Graph does not show the job: look at it in the target tenant, and check the permissions of the app; it is looked for until 30 days after its cutover date, and commands are tried meanwhile',
  invalidUsers:
    'users failed validation: fix what their errors say and ask for revalidate, or ask for revalidate with continueWithout to leave them behind',
};
