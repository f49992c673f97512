import type { ServiceStatus, Task } from '../contracts/task.ts';

/**
 * A task that is let go of before anything was begun for it: cancelled, with `services` as what there is to say; one that a retry
 * had taken up has again the outcome, and the reasons, that it had before.
 */
export function letGo(task: Task, services: readonly ServiceStatus[], updatedAt: string): Task {
  if (task.outcomeBefore !== null) return { ...task, outcome: task.outcomeBefore, updatedAt };
  return { ...task, outcome: 'cancelled', services: [...services], updatedAt };
}
