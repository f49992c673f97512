import type { OrchestrationContext } from 'durable-functions';
import { type BatchRef, type JobRef, readGateResultSchema } from '../shared/contracts/activities.ts';
import { type GateInput, gateInputSchema } from '../shared/contracts/orchestrations.ts';
import type { GateStage } from '../shared/domain/gate.ts';
import { gateInstanceId } from '../shared/domain/instanceIds.ts';
import { jittered } from '../shared/domain/jittered.ts';
import { activities, orchestrators } from './names.ts';
import { obey } from './obey.ts';
import { call, reasonOf, StepFailure, type Steps, waitForBell } from './steps.ts';

const lookSeconds = 1_800;
const roomSeconds = 7_200;
const unreachableSeconds = 300;

/** Waits before a step of a batch: one look a generation, woken by the bell; ends when there is something to do. Never throws. */
export function* gate(context: OrchestrationContext): Steps<{ readonly ok: true } | undefined> {
  const input = gateInputSchema.parse(context.df.getInput());
  let seconds = unreachableSeconds;
  try {
    const seen = yield* call(context, activities.readGate, { ...input, waiterId: context.df.instanceId }, readGateResultSchema);
    if (seen.kind !== 'wait' && seen.kind !== 'full') return { ok: true };
    seconds = secondsUntilNext(context, seen);
  } catch {
    // Storage was out of reach for an hour: the wait goes on.
  }
  yield* waitForBell(context, seconds);
  context.df.continueAsNew(input);
  return undefined;
}

function secondsUntilNext(context: OrchestrationContext, seen: { readonly kind: 'wait'; readonly untilMs: number | null } | { readonly kind: 'full' }): number {
  const nowMs = context.df.currentUtcDateTime.getTime();
  // What others move takes days, and many may wait for it.
  if (seen.kind === 'full') return jittered(roomSeconds, `${context.df.instanceId}#${String(nowMs)}`);
  const leftSeconds = seen.untilMs === null ? lookSeconds : (seen.untilMs - nowMs) / 1000;
  return Math.max(1, Math.min(lookSeconds, Math.ceil(leftSeconds)));
}

/**
 * Takes a batch through the gate before a step: obeys what was asked meanwhile, waits while the migration is paused or
 * waits for approval. Null when the batch may go on, else why it may not. `ordinal` gives numbers that are unique in the batch.
 */
export function* pass(
  context: OrchestrationContext,
  { migrationId, batchId }: BatchRef,
  stage: GateStage,
  job: JobRef | null,
  ordinal: () => number,
  obeyAll: (context: OrchestrationContext, batch: BatchRef, job: JobRef | null) => Steps<unknown> = obey,
): Steps<string | null> {
  const input: GateInput = { migrationId, batchId, stage, sinceMs: 0 };
  for (;;) {
    const seen = yield* call(context, activities.readGate, { ...input, waiterId: null }, readGateResultSchema);
    switch (seen.kind) {
      case 'go':
        return null;
      case 'stop':
        return seen.reason;
      case 'commands':
        yield* obeyAll(context, input, job);
        break;
      case 'wait':
      case 'full':
        yield* waitAtGate(context, input, ordinal());
    }
  }
}

/** Waits in an orchestration of its own until the gate has something to say. */
export function* waitAtGate(context: OrchestrationContext, input: GateInput, ordinal: number): Steps<void> {
  try {
    yield context.df.callSubOrchestrator(orchestrators.gate, input, gateInstanceId(input.migrationId, input.batchId, ordinal));
  } catch (error) {
    throw new StepFailure(`the wait before ${input.stage} was ended: ${reasonOf(error)}`);
  }
}
