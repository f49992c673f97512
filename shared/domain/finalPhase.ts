import type { OutcomeCounts } from '../contracts/outcome.ts';
import { type FinalPhase, finalPhaseSchema } from '../contracts/phase.ts';

/** True for a phase after which nothing comes. */
export function isFinalPhase(phase: string): phase is FinalPhase {
  return finalPhaseSchema.safeParse(phase).success;
}

/**
 * How something ended whose tasks ended so: all well → `completed`; none well and all cancelled → `cancelled`; none well
 * → `failed`, except that a validation which did its work is never a failure; otherwise `completedWithErrors`.
 */
export function finalPhaseOf(counts: OutcomeCounts, validateOnly: boolean): FinalPhase {
  const { succeeded, validated, cancelled, invalid, failed, unknown, pending } = counts;
  const unwell = failed + invalid + pending + unknown;
  if (unwell + cancelled === 0) return 'completed';
  // What is not known has not failed.
  if (succeeded + validated + unknown > 0) return 'completedWithErrors';
  if (unwell === 0) return 'cancelled';
  return validateOnly && failed + pending === 0 ? 'completedWithErrors' : 'failed';
}
