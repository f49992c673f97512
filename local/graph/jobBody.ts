import type { JobBook } from './jobBook.ts';
import type { JobRecord } from './jobRecord.ts';
import type { Scenario } from './scenario.ts';

/** A job as Graph shows it. `resources` are echoed by create only; everywhere else they are empty, as Graph's are. */
export function jobBody(
  book: JobBook,
  { switches }: Scenario,
  record: JobRecord,
  nowMs: number,
  options: { readonly withResources?: boolean; readonly message?: string } = {},
): Record<string, unknown> {
  const { job, events } = record;
  const { status, atMs } = book.step(record, nowMs);
  const course = book.course(record);
  const createdMs = events[0]?.atMs ?? 0;
  return {
    id: job.id,
    displayName: job.displayName,
    jobType: course.attempts.length > 0 || switches.oldStatusSpelling ? 'migrate' : 'validate',
    status: switches.oldStatusSpelling ? oldSpelling(status) : status,
    message: options.message ?? messages[status] ?? '',
    completeAfterDateTime: new Date(course.completeAfterMs).toISOString().replace('.000Z', 'Z'),
    sourceTenantId: job.sourceTenantId,
    targetTenantId: job.targetTenantId,
    resourceType: options.withResources === true ? 'Users' : 'users',
    resources: options.withResources === true ? job.resources : [],
    workloads: job.workloads,
    exchangeSettings: job.exchangeSettings,
    createdBy: job.createdBy,
    // Seven digits, as the service's own instants have.
    createdDateTime: new Date(createdMs).toISOString().replace('Z', '0000Z'),
    lastUpdatedDateTime: new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z'),
  };
}

/** `Submitted`, `Canceled`: as the first preview wrote them. */
function oldSpelling(status: string): string {
  return status === 'cancelled'
    ? 'Canceled'
    : `${status.charAt(0).toUpperCase()}${status.slice(1)}`;
}

const messages: Readonly<Record<string, string>> = {
  validatePassed: 'Validation has completed successfully with no failures.',
  validateFailed: 'Validation has completed with failures.',
  completed: 'The batch and all of its users have been successfully migrated with no failures.',
  completedWithErrors: 'The batch has completed with errors for some users.',
  failed: 'The batch has failed.',
  adminActionRequired: 'An administrator must act before the batch can go on.',
};
