import type { JobClient } from '../../shared/graph/jobClient.ts';
import type { Stores } from '../../shared/storage/stores.ts';

/** What the activities work with. */
export interface ActivityServices {
  readonly stores: Stores;
  readonly jobs: JobClient;
  /** Batches of one migration that may be in flight together. */
  readonly maxParallelBatches: number;
  /** The present instant in epoch milliseconds. */
  readonly nowMs: () => number;
}

/** An activity: parses its input itself, because it comes out of a history that an older version may have written. */
export type Activity = (input: unknown, services: ActivityServices) => Promise<object>;
