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
