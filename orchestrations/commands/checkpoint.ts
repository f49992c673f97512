import type { OrchestrationContext } from 'durable-functions';
import {
  answeredSchema,
  type JobRef,
  type OwnedBatch,
  readGateResultSchema,
} from '../../shared/contracts/internal/activities.ts';
import {
  type GateInput,
  gateInputSchema,
  type GateResult,
  gateResultSchema,
} from '../../shared/contracts/internal/orchestrations.ts';
import { obeyMovesResultSchema } from '../../shared/contracts/internal/sharePoint.ts';
import { jittered } from '../../shared/domain/cadence.ts';
import type { GateStage } from '../../shared/domain/checkpoint.ts';
import { gateInstanceId } from '../../shared/domain/ids.ts';
import {
  call,
  patience,
  type Steps,
  Superseded,
  unexpected,
  wait,
  waitForBell,
} from '../durable/steps.ts';
import { activities, orchestrators } from '../names.ts';
import { handleCommands } from './handleCommands.ts';

const lookSeconds = 1_800;
const roomSeconds = 7_200;
// Nobody wakes thousands of batches when a freeze is lifted: each looks by itself.
const frozenSeconds = 300;

/** What a generation of a wait has come to: its end, or how long to wait before the next one. `throttled`: Graph has asked to wait. */
type Looked =
  | { readonly result: GateResult }
  | { readonly seconds: number; readonly tries: number; readonly throttled?: boolean };

/** Waits before a step of a batch and carries out commands meanwhile: one check a generation. Ends when the batch may go on, or must not. */
export function* gate(context: OrchestrationContext): Steps<GateResult | undefined> {
  const input = gateInputSchema.parse(context.df.getInput());
  try {
    const looked = yield* look(context, input);
    if ('result' in looked) return looked.result;
    if (looked.seconds > 0)
      yield* looked.throttled === true
        ? wait(context, looked.seconds)
        : waitForBell(context, looked.seconds);
    context.df.continueAsNew({ ...input, tries: looked.tries });
  } catch (error) {
    if (error instanceof Superseded) return { kind: 'stop', reason: error.message };
    yield* unexpected(context, input, error);
    context.df.continueAsNew(input);
  }
  return undefined;
}

function* look(context: OrchestrationContext, input: GateInput): Steps<Looked> {
  const { migrationId, batchId, owner, stage, sinceMs, jobId, kind } = input;
  const seen = yield* call(
    context,
    activities.readGate,
    { migrationId, batchId, owner, stage, sinceMs, waiterId: context.df.instanceId },
    readGateResultSchema,
  );
  if (seen.kind === 'go' || seen.kind === 'stop') return { result: seen };
  if (seen.kind !== 'commands') return { seconds: secondsUntilNext(context, seen), tries: 0 };
  if (kind === 'sharePoint') {
    const obeyed = yield* call(
      context,
      activities.obeyMoves,
      { migrationId, batchId, owner },
      obeyMovesResultSchema,
    );
    const { askedSeconds } = obeyed;
    if (obeyed.kind === 'done' && !obeyed.unconfirmed && askedSeconds === 0)
      return { seconds: 0, tries: 0 };
    return {
      seconds: Math.max(obeyed.kind === 'done' ? 15 : obeyed.seconds, askedSeconds),
      tries: input.tries + 1,
      throttled: askedSeconds > 0,
    };
  }
  const job: JobRef | null = jobId === null ? null : { migrationId, batchId, owner, jobId };
  const handled = yield* handleCommands(
    context,
    input,
    job,
    null,
    stage === 'hold' ? 'held' : 'under way',
  );
  if (handled.decision !== null) return { result: { kind: handled.decision } };
  return handled.waitSeconds === null
    ? { seconds: 0, tries: 0 }
    : {
        seconds: patience(input.tries + 1, handled.waitSeconds),
        tries: input.tries + 1,
        throttled: handled.isAsked,
      };
}

function secondsUntilNext(
  context: OrchestrationContext,
  seen:
    | { readonly kind: 'wait'; readonly untilMs: number | null }
    | { readonly kind: 'full' | 'frozen' },
): number {
  const nowMs = context.df.currentUtcDateTime.getTime();
  // What others move takes days, and many may wait for it.
  if (seen.kind !== 'wait')
    return jittered(
      seen.kind === 'full' ? roomSeconds : frozenSeconds,
      `${context.df.instanceId}#${String(nowMs)}`,
    );
  const leftSeconds = seen.untilMs === null ? lookSeconds : (seen.untilMs - nowMs) / 1000;
  return Math.max(1, Math.min(lookSeconds, Math.ceil(leftSeconds)));
}

/**
 * Takes a batch through the gate before a step: commands are carried out, and it waits while the migration is paused or
 * waits for approval, or everything is frozen. Null when the batch may go on, else why it may not. `ordinal` gives numbers that are unique in the batch.
 */
export function* pass(
  context: OrchestrationContext,
  { migrationId, batchId, owner }: OwnedBatch,
  stage: GateStage,
  job: JobRef | null,
  ordinal: () => number,
  kind: GateInput['kind'] = 'users',
): Steps<string | null> {
  const seen = yield* call(
    context,
    activities.readGate,
    { migrationId, batchId, owner, stage, sinceMs: 0, waiterId: null },
    readGateResultSchema,
  );
  if (seen.kind === 'go') return null;
  if (seen.kind === 'stop') return seen.reason;
  const result = yield* waitAtGate(
    context,
    { migrationId, batchId, owner, stage, sinceMs: 0, kind, jobId: job?.jobId ?? null, tries: 0 },
    ordinal(),
  );
  return result.kind === 'stop' ? result.reason : null;
}

/** Waits in an orchestration of its own until the gate lets the batch go on or stops it. */
export function* waitAtGate(
  context: OrchestrationContext,
  input: GateInput,
  ordinal: number,
): Steps<GateResult> {
  return gateResultSchema.parse(
    yield context.df.callSubOrchestrator(
      orchestrators.gate,
      input,
      gateInstanceId(input.migrationId, input.batchId, ordinal),
    ),
  );
}

/** Checks the gate before a create that is tried again, and carries out commands; `wait` says how long to wait before the next check. */
export function* checkGate(
  context: OrchestrationContext,
  { migrationId, batchId, owner }: OwnedBatch,
): Steps<
  | { readonly kind: 'go' }
  | { readonly kind: 'stop'; readonly reason: string }
  | { readonly kind: 'wait'; readonly seconds: number }
> {
  const looked = yield* look(context, {
    migrationId,
    batchId,
    owner,
    stage: 'create',
    sinceMs: 0,
    kind: 'users',
    jobId: null,
    tries: 0,
  });
  if (!('result' in looked)) return { kind: 'wait', seconds: looked.seconds };
  return looked.result.kind === 'stop' ? looked.result : { kind: 'go' };
}

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
