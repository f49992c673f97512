import type { Batch, BatchPhase } from '../../shared/contracts/migration.ts';
import type { Task } from '../../shared/contracts/task.ts';
import { isFinalPhase } from '../../shared/domain/outcomes.ts';
import type { MigrationDetail } from './apiClient.ts';
import { virtualDate } from './virtualTime.ts';

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

/** How far the users of a batch are within its phase. */
export interface BatchProgress {
  readonly done: number;
  readonly total: number;
}

const inSync = ['synced', 'finalizing', 'completed', 'failed'];
const ended = ['completed', 'failed', 'cancelled'];

/**
 * Of the users that a batch moves, those whose mailbox is in sync (while it syncs) or whose workloads have all ended (while
 * it cuts over), as the app's last look at the job found them; undefined in the other phases.
 */
export function batchProgress(
  phase: BatchPhase,
  tasks: readonly Task[],
): BatchProgress | undefined {
  const moving = tasks.filter(({ outcome }) => outcome === null);
  if ((phase !== 'syncing' && phase !== 'cuttingOver') || moving.length === 0) return undefined;
  const isDone = phase === 'syncing' ? isInSync : hasEnded;
  return { done: moving.filter(isDone).length, total: moving.length };
}

function isInSync({ services }: Task): boolean {
  return services.some(({ service, status }) => service === 'Exchange' && inSync.includes(status));
}

function hasEnded({ services }: Task): boolean {
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

/** The steps of a batch from queued to its record. */
export const phaseStepCount = 6;

/** How many of its steps a batch in this phase has behind it. */
export function phaseStep(phase: BatchPhase): number {
  return steps[phase];
}

/** The phase in words for people: `cutting over`, `completed with errors`. */
export function phaseText(phase: string): string {
  return phase.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** `1 task`, `40 tasks`. */
function tasksText(count: number): string {
  return `${String(count)} ${count === 1 ? 'task' : 'tasks'}`;
}

/** What there is to say beside the phase: the outcome of a batch that has ended, else its size, and how far its users are. */
export function batchNote(
  { phase, counts, taskCount, attempt, message }: Batch,
  progress?: BatchProgress,
): string {
  if (!isFinalPhase(phase)) {
    // A batch that starts anew leaves out who failed the validation.
    const users = attempt > 1 ? `the valid of ${tasksText(taskCount)}` : tasksText(taskCount);
    if (progress === undefined) return users;
    return `${users}, ${String(progress.done)} ${phase === 'syncing' ? 'in sync' : 'moved'}`;
  }
  const parts = (['succeeded', 'validated', 'failed', 'invalid', 'cancelled', 'pending'] as const)
    .filter((outcome) => counts[outcome] > 0)
    .map((outcome) => `${String(counts[outcome])} ${outcome}`);
  // Where most went well the message says no more than the counts.
  const reason = message !== null && (phase === 'failed' || phase === 'cancelled') ? [message] : [];
  return [parts.join(', '), ...reason].join(': ');
}

/** Progress where there is no terminal: one line whenever a batch is found in another phase. */
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
    // Every line is out already.
  }
}
