import type { AuditEntry } from '../../shared/contracts/auditEvent.ts';
import type { ActivityServices } from './activityServices.ts';

/** Puts on record what the app has done to a batch's job; `eventId` is the same however often the activity runs. */
export async function audited(
  {
    migrationId,
    ...place
  }: { readonly migrationId: string } & Pick<AuditEntry, 'eventId' | 'type' | 'batchId' | 'jobId'> &
    Partial<AuditEntry>,
  { stores, nowMs }: Pick<ActivityServices, 'stores' | 'nowMs'>,
): Promise<void> {
  await stores.audit.append(migrationId, {
    at: new Date(nowMs()).toISOString(),
    by: null,
    taskId: null,
    detail: null,
    ...place,
  });
}
