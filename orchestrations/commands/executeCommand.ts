import type { OrchestrationContext } from 'durable-functions';
import type { JobRef, OwnedBatch } from '../../shared/contracts/internal/batch.ts';
import { droppedSchema, type PendingCommand } from '../../shared/contracts/internal/commands.ts';
import { actionResultSchema } from '../../shared/contracts/internal/users.ts';
import { isJobStatus } from '../../shared/domain/lifecycle.ts';
import { commandPolicy } from '../../shared/domain/policies.ts';
import { type UsersEffect, usersEffects } from '../../shared/domain/usersEffects.ts';
import { call, type Steps } from '../durable/steps.ts';
import { activities } from '../names.ts';
import { actions, readJob } from '../users/sendAction.ts';
import type { CommandExecution } from './interpretCommands.ts';

/** The state of a job: its status now, or its last known status if Graph does not show the job. */
export interface JobView {
  readonly status: string | null;
  readonly isSeen: boolean;
  /** The cutover date that Graph shows for the job; null if it shows none. */
  readonly completeAfterMs: number | null;
  /** Seconds that Graph asks to wait before the next read. Absent means none. */
  readonly askedSeconds?: number;
}

type ActionEffect = Extract<UsersEffect, { readonly kind: 'action' }>;
type Decided = Exclude<CommandExecution, { readonly verdict: 'postponed' }>;

const { frozenSeconds, invisibleMs, shortestRetrySeconds } = commandPolicy;

/** Executes one command on a batch of users. `job` is null before there is a job. */
export function* executeCommand(
  context: OrchestrationContext,
  batch: OwnedBatch,
  job: JobRef | null,
  view: JobView,
  command: PendingCommand,
  isHeld: boolean,
): Steps<CommandExecution> {
  if (command.isOvertaken)
    return { verdict: 'tooLate', detail: 'a later command replaces this one' };
  const effect = usersEffects[command.kind];
  if (effect === undefined) return { verdict: 'applied', detail: 'in force' };
  if (effect.kind === 'decision')
    return isHeld
      ? { verdict: 'applied', detail: effect.details[effect.decide(command)] }
      : effect.unlessHeld;
  const sent = job === null ? effect.withoutJob : yield* send(context, job, view, command, effect);
  return effect.dropsUser === true && sent.verdict === 'applied'
    ? yield* dropUser(context, batch, job, command, sent)
    : sent;
}

/**
 * Records the outcome of the user whom a command has cancelled, so that a new job of the batch does
 * not include the user again.
 */
function* dropUser(
  context: OrchestrationContext,
  { migrationId, batchId, owner }: OwnedBatch,
  job: JobRef | null,
  { taskId }: PendingCommand,
  cancelled: CommandExecution,
): Steps<CommandExecution> {
  const { outcome } = yield* call(
    context,
    activities.dropTask,
    { migrationId, batchId, owner, taskId, wasInJob: job !== null },
    droppedSchema,
  );
  if (outcome === null || outcome === 'cancelled') return cancelled;
  return { verdict: 'tooLate', detail: `the user has the outcome ${outcome}` };
}

function* send(
  context: OrchestrationContext,
  job: JobRef,
  view: JobView,
  command: PendingCommand,
  { action: name, members, isShownBy }: ActionEffect,
): Steps<CommandExecution> {
  const { jobId } = job;
  const action = actions[name];
  const { status, isSeen } = view;
  const accepted: Decided = { verdict: 'applied', detail: `job ${jobId} accepted it` };
  const hasDate = ({ isSeen: isShown, completeAfterMs }: JobView): boolean =>
    isShown && completeAfterMs !== null && isShownBy?.(command, completeAfterMs) === true;
  const dated: Decided = {
    verdict: 'applied',
    detail: `job ${jobId} has the requested date`,
  };
  const tooLate = (now: string): Decided => ({
    verdict: 'tooLate',
    detail: `job ${jobId} is ${now} and cannot be changed any more`,
  });
  const unconfirmed = (why: string): Decided => ({
    verdict: 'unconfirmed',
    detail: `Graph does not show job ${jobId}: ${why}; the command is tried again at every status check`,
  });
  const isForbidden = status !== null && isJobStatus(status) && !action.allowed(status);
  if (isSeen && status !== null && action.accepted(status)) return accepted;
  if (isForbidden && hasDate(view)) return dated;
  if (isForbidden)
    return isSeen
      ? tooLate(status)
      : unconfirmed(`it was not sent, because the last known status is ${status}`);

  const result = yield* call(
    context,
    action.activity,
    {
      migrationId: job.migrationId,
      batchId: job.batchId,
      owner: job.owner,
      jobId,
      ...members?.(command),
      delayed: true,
    },
    actionResultSchema,
  );
  switch (result.kind) {
    case 'done':
      return accepted;
    case 'frozen':
      return { verdict: 'postponed', askedSeconds: 0, retrySeconds: frozenSeconds };
    case 'retryAfter':
      return { verdict: 'postponed', askedSeconds: result.seconds };
    case 'unknown':
      return isSeen
        ? { verdict: 'postponed', askedSeconds: result.seconds, retrySeconds: shortestRetrySeconds }
        : {
            ...unconfirmed(`it was sent, and the result is unknown: ${result.reason}`),
            askedSeconds: result.seconds,
          };
    case 'conflict': {
      if (!isSeen) return unconfirmed(`it was sent, and Graph refused it: ${result.reason}`);
      const after = yield* readJobView(context, job);
      if (!after.isSeen || after.status === null)
        return {
          ...unconfirmed(`it was sent, and Graph refused it: ${result.reason}`),
          ...(after.askedSeconds === undefined ? {} : { askedSeconds: after.askedSeconds }),
        };
      if (hasDate(after)) return dated;
      return action.accepted(after.status) ? accepted : tooLate(after.status);
    }
    case 'notFound':
      if (!isSeen)
        return unconfirmed(`it was sent, and Graph did not find its target: ${result.reason}`);
      if (context.df.currentUtcDateTime.getTime() - Date.parse(command.acceptedAt) < invisibleMs)
        return { verdict: 'postponed', askedSeconds: 0, retrySeconds: shortestRetrySeconds };
      return {
        verdict: 'notFound',
        detail: `job ${jobId} does not contain the target of the command any more`,
      };
    case 'rejected':
      if (!isSeen) return unconfirmed(`it was sent, and Graph refused it: ${result.reason}`);
      if (isShownBy !== undefined && hasDate(yield* readJobView(context, job))) return dated;
      return { verdict: 'refused', detail: `Graph refused ${action.activity}: ${result.reason}` };
  }
}

/** Reads the current state of a job. */
export function* readJobView(context: OrchestrationContext, job: JobRef): Steps<JobView> {
  const read = yield* readJob(context, job);
  return {
    status: 'status' in read ? read.status : null,
    isSeen: read.kind === 'done',
    completeAfterMs: read.kind === 'done' ? read.completeAfterMs : null,
    ...(read.kind === 'notSeen' ? { askedSeconds: read.seconds } : {}),
  };
}
