import type { OrchestrationContext } from 'durable-functions';
import { answeredSchema, type JobRef } from '../shared/contracts/activities.ts';
import type { GateResult } from '../shared/contracts/orchestrations.ts';
import { waitAtGate } from './gate.ts';
import { activities } from './names.ts';
import { call, type Steps } from './steps.ts';

/** Holds a batch whose users failed validation until somebody says how to go on, or its time is over. */
export function* hold(
  context: OrchestrationContext,
  job: JobRef,
  ordinal: () => number,
): Steps<GateResult> {
  const { migrationId, batchId, owner, jobId } = job;
  const sinceMs = context.df.currentUtcDateTime.getTime();
  const released = yield* waitAtGate(
    context,
    { migrationId, batchId, owner, stage: 'hold', sinceMs, kind: 'users', jobId, tries: 0 },
    ordinal(),
  );
  if (released.kind === 'revalidate')
    yield* call(context, activities.reopenTasks, { ...job, outcome: 'invalid' }, answeredSchema);
  return released;
}
