import type { JobBook } from './jobBook.ts';
import type { Scenario } from './scenario.ts';

/** A job as it was created. */
export interface CreatedJob {
  readonly id: string;
  readonly displayName: string;
  readonly sourceTenantId: string;
  readonly targetTenantId: string;
  readonly completeAfterDateTime: string;
  readonly exchangeSettings: {
    readonly sourceEndpoint: string;
    readonly targetDeliveryDomain: string;
  } | null;
  readonly workloads: readonly string[];
  readonly resources: readonly string[];
  readonly createdBy: string;
}

/** What happened to a job; the state at any instant follows from these alone. */
export type JobEvent =
  | { readonly kind: 'created'; readonly atMs: number; readonly job: CreatedJob }
  /** `busy`: users who were in another active job at that instant. */
  | { readonly kind: 'validate'; readonly atMs: number; readonly busy: readonly string[] }
  | { readonly kind: 'migrate'; readonly atMs: number }
  | { readonly kind: 'cancel'; readonly atMs: number }
  | { readonly kind: 'cancelUser'; readonly atMs: number; readonly user: string }
  | { readonly kind: 'update'; readonly atMs: number; readonly completeAfterDateTime: string }
  | { readonly kind: 'delete'; readonly atMs: number }
  | { readonly kind: 'addUser'; readonly atMs: number; readonly user: string }
  | JobHold;

/**
 * The migration that began at the same instant stays where it is, for so many seconds or for ever; in `cuttingOver` because
 * the mailbox of `user` does not cut over.
 */
export interface JobHold {
  readonly kind: 'hold';
  readonly atMs: number;
  readonly stuckIn: 'cuttingOver' | 'adminActionRequired';
  readonly user: string | null;
  readonly seconds: number | null;
}

/** What holds the migration up that began at an instant. */
export function holdOf({ events }: JobRecord, startMs: number): JobHold | undefined {
  return events.find((event): event is JobHold => event.kind === 'hold' && event.atMs === startMs);
}

export interface JobRecord {
  readonly job: CreatedJob;
  readonly events: readonly JobEvent[];
}

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
