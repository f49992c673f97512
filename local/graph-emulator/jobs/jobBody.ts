import type { Scenario } from '../scenario.ts';
import type { JobRecord } from './jobRecord.ts';
import type { JobStore } from './jobStore.ts';

/**
 * Returns a job as Graph shows it. Only create returns `resources`; every other operation returns an empty list, as Graph
 * does.
 */
export function jobBody(
  jobs: JobStore,
  { switches }: Scenario,
  record: JobRecord,
  nowMs: number,
  options: { readonly withResources?: boolean; readonly message?: string } = {},
): Record<string, unknown> {
  const { job, events } = record;
  const { status, atMs } = jobs.stepAt(record, nowMs);
  const timeline = jobs.timeline(record);
  const createdMs = events[0]?.atMs ?? 0;
  return {
    id: job.id,
    displayName: job.displayName,
    jobType: timeline.migrations.length > 0 || switches.oldStatusSpelling ? 'migrate' : 'validate',
    status: switches.oldStatusSpelling ? oldSpelling(status) : status,
    message: options.message ?? messages[status] ?? '',
    completeAfterDateTime: new Date(timeline.completeAfterMs).toISOString().replace('.000Z', 'Z'),
    sourceTenantId: job.sourceTenantId,
    targetTenantId: job.targetTenantId,
    resourceType: options.withResources === true ? 'Users' : 'users',
    resources: options.withResources === true ? job.resources : [],
    workloads: job.workloads,
    exchangeSettings: job.exchangeSettings,
    createdBy: job.createdBy,
    // Graph writes this instant with seven digits.
    createdDateTime: new Date(createdMs).toISOString().replace('Z', '0000Z'),
    lastUpdatedDateTime: new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z'),
  };
}

/** Returns a status in the spelling of the first preview: `Submitted`, `Canceled`. */
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
