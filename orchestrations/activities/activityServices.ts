import type { JobClient } from '../../shared/graph/jobClient.ts';
import type { SharePointClient } from '../../shared/graph/sharePointClient.ts';
import type { Stores } from '../../shared/storage/stores.ts';

/** What the activities work with. */
export interface ActivityServices {
  readonly stores: Stores;
  readonly jobs: JobClient;
  /** Absent where the app is not set up for SharePoint requests. */
  readonly sharePoint?: SharePointClient;
  /** OneDrives and sites of the source that may be queued or moving together, over all migrations. */
  readonly maxQueuedMoves: number;
  /** Batches of one migration that may be in flight together. */
  readonly maxParallelBatches: number;
  /** Whether the tenant's API offers writes to user tasks, by configuration. */
  readonly userTaskWrites: boolean;
  /** Writes a line into the log that somebody should read. It names no people. */
  readonly warn: (text: string) => void;
  /** The present instant in epoch milliseconds. */
  readonly nowMs: () => number;
}

/** An activity: parses its input itself, because it comes out of a history that an older version may have written. */
export type Activity = (input: unknown, services: ActivityServices) => Promise<object>;
