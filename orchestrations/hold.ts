import type { OrchestrationContext } from 'durable-functions';
import { answeredSchema, type JobRef, readGateResultSchema } from '../shared/contracts/activities.ts';
import type { GateInput } from '../shared/contracts/orchestrations.ts';
import { waitAtGate } from './gate.ts';
import { activities } from './names.ts';
import { obey } from './obey.ts';
import { call, type Steps } from './steps.ts';

export type Released =
  /** Somebody has fixed them: the same job validates everybody once more. */
  | { readonly kind: 'revalidate' }
  | { readonly kind: 'continueWithout' }
  | { readonly kind: 'stop'; readonly reason: string };

/** Holds a batch whose users failed validation until somebody says how to go on, or its time is over. */
export function* hold(context: OrchestrationContext, job: JobRef, ordinal: () => number): Steps<Released> {
  const { migrationId, batchId } = job;
  const input: GateInput = { migrationId, batchId, stage: 'hold', sinceMs: context.df.currentUtcDateTime.getTime() };
  for (;;) {
    const seen = yield* call(context, activities.readGate, { ...input, waiterId: null }, readGateResultSchema);
    if (seen.kind === 'stop') return seen;
    if (seen.kind === 'wait') yield* waitAtGate(context, input, ordinal());
    if (seen.kind !== 'commands') continue;
    const asked = yield* obey(context, input, job, 'held');
    const last = asked.findLast(({ kind }) => kind === 'revalidate');
    if (last?.continueWithout === true) return { kind: 'continueWithout' };
    if (last !== undefined) {
      yield* call(context, activities.reopenTasks, job, answeredSchema);
      return { kind: 'revalidate' };
    }
  }
}
