import type { Batch, BatchPhase } from '../../shared/contracts/migration.ts';
import type { ListedTask } from '../../shared/contracts/responses.ts';
import { isFinalPhase } from '../../shared/domain/outcomes.ts';
import type { MigrationDetail } from './apiClient.ts';
import { virtualDate } from './virtualTime.ts';

/** The state of the migrations at an instant of the stack's clock. */
export interface Snapshot {
  readonly atMs: number;
  readonly migrations: readonly MigrationDetail[];
  /** The tasks of the migrations that have not ended. They can be older than `migrations`. */
  readonly tasks: readonly ListedTask[];
}

/** Shows the progress of the migrations. */
export interface ProgressView {
  /** Shows the state at a poll. */
  show(snapshot: Snapshot): void;
  /** Prints a line about an action. */
  note(line: string): void;
  /** Stops drawing. */
  close(): void;
}

/** How many users of a batch have completed its current phase. */
export interface BatchProgress {
  readonly done: number;
  readonly total: number;
}

const inSync = ['synced', 'finalizing', 'completed', 'failed'];
const ended = ['completed', 'failed', 'cancelled'];

/**
 * Counts the users of a batch whose mailbox is in sync (in the phase `syncing`) or whose workloads have all ended (in the phase
 * `cuttingOver`). Returns undefined in the other phases.
 */
export function batchProgress(
  phase: BatchPhase,
  tasks: readonly ListedTask[],
): BatchProgress | undefined {
  const remaining = tasks.filter(({ outcome }) => outcome === null);
  if ((phase !== 'syncing' && phase !== 'cuttingOver') || remaining.length === 0) return undefined;
  const isDone = phase === 'syncing' ? isInSync : hasEnded;
  return { done: remaining.filter(isDone).length, total: remaining.length };
}

function isInSync({ services }: ListedTask): boolean {
  return services.some(({ service, status }) => service === 'Exchange' && inSync.includes(status));
}

function hasEnded({ services }: ListedTask): boolean {
  return services.length > 0 && services.every(({ status }) => ended.includes(status));
}

const steps: Readonly<Record<BatchPhase, number>> = {
  queued: 0,
  creating: 1,
  validating: 2,
  held: 2,
  cancelling: 2,
  syncing: 3,
  moving: 3,
  outOfSight: 3,
  cuttingOver: 4,
  recording: 5,
  completed: 6,
  completedWithErrors: 6,
  failed: 6,
  cancelled: 6,
};

/** The number of steps of a batch from `queued` to its end. */
export const phaseStepCount = 6;

/** Returns how many steps a batch in this phase has completed. */
export function phaseStep(phase: BatchPhase): number {
  return steps[phase];
}

/** Returns a phase as text: `cutting over`, `completed with errors`. */
export function phaseText(phase: string): string {
  return phase.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** `1 task`, `40 tasks`. */
function tasksText(count: number): string {
  return `${String(count)} ${count === 1 ? 'task' : 'tasks'}`;
}

/** Returns the text beside the phase: the outcomes of a batch that has ended; otherwise its size and progress. */
export function batchNote(
  { phase, counts, taskCount, attempt, message }: Batch,
  progress?: BatchProgress,
): string {
  if (!isFinalPhase(phase)) {
    // From the second attempt on, the job leaves out the tasks that failed validation.
    const size =
      attempt > 1 ? `${tasksText(taskCount)} without the invalid ones` : tasksText(taskCount);
    if (progress === undefined) return size;
    return `${size}, ${String(progress.done)} ${phase === 'syncing' ? 'in sync' : 'migrated'}`;
  }
  const parts = (['succeeded', 'validated', 'failed', 'invalid', 'cancelled', 'pending'] as const)
    .filter((outcome) => counts[outcome] > 0)
    .map((outcome) => `${String(counts[outcome])} ${outcome}`);
  // After a partial success, the message contains only the counts.
  const reason = message !== null && (phase === 'failed' || phase === 'cancelled') ? [message] : [];
  return [parts.join(', '), ...reason].join(': ');
}

/** Shows progress without a terminal: one line when the phase of a batch has changed. */
export class PlainProgress implements ProgressView {
  readonly #write: (line: string) => void;
  readonly #phases = new Map<string, BatchPhase>();

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  show({ atMs, migrations }: Snapshot): void {
    for (const { name, batches } of migrations) {
      for (const batch of batches) {
        const label = `${name} ${batch.batchId}`;
        if (this.#phases.get(label) === batch.phase) continue;
        this.#phases.set(label, batch.phase);
        this.#write(
          `${virtualDate(atMs)}  ${label}  ${phaseText(batch.phase)}  ${batchNote(batch)}`,
        );
      }
    }
  }

  note(line: string): void {
    this.#write(line);
  }

  close(): void {
    // Every line has been written already.
  }
}
