/** A job as it was created. */
export interface CreatedJob {
  readonly id: string;
  readonly displayName: string;
  readonly sourceTenantId: string;
  readonly targetTenantId: string;
  readonly completeAfterDateTime: string;
  readonly exchangeSettings: { readonly sourceEndpoint: string; readonly targetDeliveryDomain: string } | null;
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
  | { readonly kind: 'addUser'; readonly atMs: number; readonly user: string };

export interface JobRecord {
  readonly job: CreatedJob;
  readonly events: readonly JobEvent[];
}
