import type { Task } from '../../shared/contracts/task.ts';
import type { MigrationDetail } from './apiClient.ts';

/** How the migrations stand at an instant of the stack's clock. */
export interface Snapshot {
  readonly atMs: number;
  readonly migrations: readonly MigrationDetail[];
  /** The users of the migrations that have not ended, as they were a moment ago. */
  readonly tasks: readonly Task[];
}

/** Shows progress while it happens. */
export interface ProgressView {
  /** Called again and again, with whatever is known by now. */
  show(snapshot: Snapshot): void;
  /** Says in a line of its own what has been done on the way. */
  note(line: string): void;
  /** Leaves the screen to others. */
  close(): void;
}
