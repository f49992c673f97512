import type { Batch } from '../../shared/contracts/migration.ts';
import type { BatchPhase } from '../../shared/contracts/phase.ts';
import { isFinalPhase } from '../../shared/domain/finalPhase.ts';
import type { BatchProgress } from './batchProgress.ts';

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
