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

/** An event of a job. The state of a job at any instant is computed from its events alone. */
export type JobEvent =
  | { readonly kind: 'created'; readonly atMs: number; readonly job: CreatedJob }
  /** `busy` lists the users who were in another active job at that instant. */
  | { readonly kind: 'validate'; readonly atMs: number; readonly busy: readonly string[] }
  | { readonly kind: 'migrate'; readonly atMs: number }
  | { readonly kind: 'cancel'; readonly atMs: number }
  | { readonly kind: 'cancelUser'; readonly atMs: number; readonly user: string }
  | { readonly kind: 'update'; readonly atMs: number; readonly completeAfterDateTime: string }
  | { readonly kind: 'delete'; readonly atMs: number }
  | { readonly kind: 'addUser'; readonly atMs: number; readonly user: string }
  | JobHold;

/**
 * Holds the migration that started at the same instant in one status, for `seconds` or forever. In `cuttingOver` the job
 * waits for the mailbox of `user`.
 */
export interface JobHold {
  readonly kind: 'hold';
  readonly atMs: number;
  readonly stuckIn: 'cuttingOver' | 'adminActionRequired';
  readonly user: string | null;
  readonly seconds: number | null;
}

/** A job with its events, oldest first. */
export interface JobRecord {
  readonly job: CreatedJob;
  readonly events: readonly JobEvent[];
}

/** Returns the hold on the migration that started at an instant. */
export function holdOf({ events }: JobRecord, startMs: number): JobHold | undefined {
  return events.find((event): event is JobHold => event.kind === 'hold' && event.atMs === startMs);
}
