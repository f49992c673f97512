import type { OrchestrationContext } from 'durable-functions';
import type { CommandVerdict } from '../../shared/contracts/command.ts';
import type { JobRef, OwnedBatch } from '../../shared/contracts/internal/batch.ts';
import { droppedSchema, type PendingCommand } from '../../shared/contracts/internal/commands.ts';
import type { ActionMembers, ActionName } from '../../shared/contracts/internal/operations.ts';
import { actionResultSchema } from '../../shared/contracts/internal/users.ts';
import { isJobStatus } from '../../shared/domain/lifecycle.ts';
import { commandPolicy } from '../../shared/domain/policies.ts';
import { call, type Steps } from '../durable/steps.ts';
import { activities } from '../names.ts';
import { actions, readJob } from '../users/sendAction.ts';

/** The state of a job: its status now, or its last known status if Graph does not show the job. */
export interface JobView {
  readonly status: string | null;
  readonly isSeen: boolean;
  /** The cutover date that Graph shows for the job; null if it shows none. */
  readonly completeAfterMs: number | null;
  /** Seconds that Graph asks to wait before the next read. Absent means none. */
  readonly askedSeconds?: number;
}

interface DecidedResult {
  readonly verdict: CommandVerdict;
  readonly detail: string;
  /** Seconds that Graph asks to wait. Absent means none. */
  readonly askedSeconds?: number;
}

/**
 * The result of executing a command. With `retrySeconds` there is no result yet; `isAsked`: Graph
 * asked for that wait.
 */
export type ExecutionResult =
  DecidedResult | { readonly retrySeconds: number; readonly isAsked: boolean };

const { frozenSeconds, invisibleMs, shortestRetrySeconds } = commandPolicy;

/** Executes one command on a batch. `job` is null before there is a job. */
export function* executeCommand(
  context: OrchestrationContext,
  batch: OwnedBatch,
  job: JobRef | null,
  view: JobView,
  command: PendingCommand,
  isHeld: boolean,
): Steps<ExecutionResult> {
  if (command.isOvertaken)
    return { verdict: 'tooLate', detail: 'a later command replaces this one' };
  switch (command.kind) {
    case 'cancel':
      if (job === null) return { verdict: 'applied', detail: 'no job had been submitted' };
      return yield* send(context, job, view, command, 'cancel');
    case 'reschedule':
      if (job === null)
        return { verdict: 'applied', detail: 'the job will be created with the new date' };
      return yield* send(context, job, view, command, 'reschedule', {
        completeAfterDateTime: command.completeAfterDateTime,
      });
    case 'cancelTask':
      return yield* cancelTask(context, batch, job, view, command);
    case 'updateTask':
      if (job === null)
        return { verdict: 'tooLate', detail: 'the batch has no job yet that contains the user' };
      return yield* send(context, job, view, command, 'updateUser', {
        taskId: command.taskId,
        commandId: command.commandId,
      });
    case 'revalidate':
      if (!isHeld)
        return {
          verdict: 'tooLate',
          detail: 'the batch is not waiting for a decision about users who failed validation',
        };
      return {
        verdict: 'applied',
        detail:
          command.continueWithout === true
            ? 'the batch continues without the users who failed validation'
            : 'the users who failed validation are validated again',
      };
    default:
      return { verdict: 'applied', detail: 'in force' };
  }
}

function* cancelTask(
  context: OrchestrationContext,
  batch: OwnedBatch,
  job: JobRef | null,
  view: JobView,
  command: PendingCommand,
): Steps<ExecutionResult> {
  const { taskId } = command;
  const tried: ExecutionResult =
    job === null
      ? { verdict: 'applied', detail: 'no job had been submitted' }
      : yield* send(context, job, view, command, 'cancelUser', { taskId });
  if ('retrySeconds' in tried || tried.verdict !== 'applied') return tried;
  // The outcome is recorded now, so that a new job of the batch does not include the user again.
  const { outcome } = yield* call(
    context,
    activities.dropTask,
    {
      migrationId: batch.migrationId,
      batchId: batch.batchId,
      owner: batch.owner,
      taskId,
      wasInJob: job !== null,
    },
    droppedSchema,
  );
  if (outcome === null || outcome === 'cancelled') return tried;
  return { verdict: 'tooLate', detail: `the user has the outcome ${outcome}` };
}

function* send(
  context: OrchestrationContext,
  job: JobRef,
  view: JobView,
  { acceptedAt, completeAfterDateTime }: PendingCommand,
  name: ActionName,
  members: ActionMembers = {},
): Steps<ExecutionResult> {
  const { jobId } = job;
  const action = actions[name];
  const { status, isSeen } = view;
  const accepted: DecidedResult = { verdict: 'applied', detail: `job ${jobId} accepted it` };
  // An earlier try without a response may have changed the date.
  const hasDate = ({ isSeen: isShown, completeAfterMs }: JobView): boolean =>
    name === 'reschedule' &&
    isShown &&
    completeAfterMs !== null &&
    completeAfterMs === wholeSecondsMs(completeAfterDateTime);
  const dated: DecidedResult = {
    verdict: 'applied',
    detail: `job ${jobId} has the requested date`,
  };
  const tooLate = (now: string): DecidedResult => ({
    verdict: 'tooLate',
    detail: `job ${jobId} is ${now} and cannot be changed any more`,
  });
  const unconfirmed = (why: string): DecidedResult => ({
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
      ...members,
      delayed: true,
    },
    actionResultSchema,
  );
  switch (result.kind) {
    case 'done':
      return accepted;
    case 'frozen':
      return { retrySeconds: frozenSeconds, isAsked: false };
    case 'retryAfter':
      return { retrySeconds: result.seconds, isAsked: result.seconds > 0 };
    case 'unknown':
      return isSeen
        ? {
            retrySeconds: Math.max(shortestRetrySeconds, result.seconds),
            isAsked: result.seconds > 0,
          }
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
      if (context.df.currentUtcDateTime.getTime() - Date.parse(acceptedAt) < invisibleMs)
        return { retrySeconds: shortestRetrySeconds, isAsked: false };
      return {
        verdict: 'notFound',
        detail: `job ${jobId} does not contain the target of the command any more`,
      };
    case 'rejected':
      if (!isSeen) return unconfirmed(`it was sent, and Graph refused it: ${result.reason}`);
      if (name === 'reschedule' && hasDate(yield* readJobView(context, job))) return dated;
      return { verdict: 'refused', detail: `Graph refused ${action.activity}: ${result.reason}` };
  }
}

/** Returns a date without its fraction of a second, as it is sent to Graph; null without a date. */
function wholeSecondsMs(date: string | null): number | null {
  return date === null ? null : Math.floor(Date.parse(date) / 1_000) * 1_000;
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
