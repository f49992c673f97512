import type { OrchestrationContext } from 'durable-functions';
import type { CommandVerdict } from '../../shared/contracts/command.ts';
import {
  doneSchema,
  inSight,
  type JobRef,
  type OwnedBatch,
} from '../../shared/contracts/internal/batch.ts';
import {
  droppedSchema,
  type PendingCommand,
  readCommandsResultSchema,
} from '../../shared/contracts/internal/commands.ts';
import type { ActionMembers, ActionName } from '../../shared/contracts/internal/operations.ts';
import { actionResultSchema, pollJobResultSchema } from '../../shared/contracts/internal/users.ts';
import { isJobStatus } from '../../shared/domain/lifecycle.ts';
import { call, type Steps } from '../durable/steps.ts';
import { activities } from '../names.ts';
import { actions } from '../users/sendAction.ts';

/** Where a batch stands when it carries out commands: `held` with users who failed validation, or anywhere else. */
export type Standing = 'held' | 'under way';

/** What is known of a job: its status now, or the one that was seen last while Graph does not show it. */
export interface JobView {
  readonly status: string | null;
  readonly isSeen: boolean;
  /** How long Graph asks to wait before the next read; left out for no time. */
  readonly askedSeconds?: number;
}

export interface Handled {
  /** Seconds until a command that could not be carried out yet is to be tried again; null when there is none. */
  readonly waitSeconds: number | null;
  /** Graph has asked for that time: nothing is sent before it is over, whatever arrives. */
  readonly isAsked: boolean;
  /** Whether there are more that nobody has tried yet: they are for the next generation, at once. */
  readonly isMore: boolean;
  /** What was asked of a batch that is held. */
  readonly decision: 'revalidate' | 'continueWithout' | null;
}

interface Result {
  readonly verdict: CommandVerdict;
  readonly detail: string;
  /** Graph has asked to wait so long; left out for no time. */
  readonly askedSeconds?: number;
}

/** `later`: nothing can be said yet; `isAsked`: Graph has asked for the wait. */
type Tried = Result | { readonly later: number; readonly isAsked: boolean };

// What a command is about may have been created a moment ago.
const invisibleMs = 300_000;

/**
 * Carries out what was asked of a batch, oldest first, and records truthfully what became of each. `job` is null before there
 * is one; `view` is what the caller has just read of it, null for nothing. While Graph does not show the job, commands are sent all the same: what Graph
 * does not take then is `unconfirmed`, and tried again by the next call.
 */
export function* handleCommands(
  context: OrchestrationContext,
  { migrationId, batchId, owner }: OwnedBatch,
  job: JobRef | null,
  view: JobView | null,
  standing: Standing = 'under way',
): Steps<Handled> {
  const { commands, more } = yield* call(
    context,
    activities.readCommands,
    { migrationId, batchId, owner },
    readCommandsResultSchema,
  );
  let known = view;
  let waitSeconds: number | null = null;
  let isAsked = false;
  let decision: Handled['decision'] = null;
  // A later command must not be carried out before an earlier one of its kind that is put off, which would undo it.
  const putOff = new Set<string>();
  for (const command of commands) {
    const about = `${command.kind} ${command.taskId ?? ''}`;
    if (putOff.has(about)) continue;
    if (job !== null && known === null) {
      known = yield* look(context, job);
      const { askedSeconds = 0 } = known;
      if (askedSeconds > 0) {
        waitSeconds = Math.max(waitSeconds ?? 0, askedSeconds);
        isAsked = true;
      }
    }
    const tried = yield* execute(
      context,
      { migrationId, batchId, owner },
      job,
      known ?? { status: null, isSeen: false },
      command,
      standing,
    );
    if ('later' in tried) {
      waitSeconds = Math.max(waitSeconds ?? 0, tried.later);
      isAsked ||= tried.isAsked;
      putOff.add(about);
      continue;
    }
    const { askedSeconds = 0 } = tried;
    if (askedSeconds > 0) {
      waitSeconds = Math.max(waitSeconds ?? 0, askedSeconds);
      isAsked = true;
      putOff.add(about);
    }
    if (command.kind === 'revalidate' && tried.verdict === 'applied')
      decision = command.continueWithout === true ? 'continueWithout' : 'revalidate';
    if (tried.verdict === 'unconfirmed' && command.isUnconfirmed) continue;
    yield* call(
      context,
      activities.recordCommandResult,
      {
        migrationId,
        batchId,
        owner,
        commandId: command.commandId,
        verdict: tried.verdict,
        detail: tried.detail,
      },
      doneSchema,
    );
    // It may have changed the status, which is read again unless Graph has asked to wait.
    if (job !== null && (known?.askedSeconds ?? 0) === 0) known = null;
  }
  return { waitSeconds, isAsked, isMore: more && waitSeconds === null, decision };
}

function* look(
  context: OrchestrationContext,
  { migrationId, batchId, owner, jobId }: JobRef,
): Steps<JobView> {
  const read = yield* call(
    context,
    activities.pollJob,
    {
      migrationId,
      batchId,
      owner,
      jobId,
      lastStatus: null,
      lastNeed: null,
      waiterId: null,
      sight: inSight,
      completeAfterMs: null,
    },
    pollJobResultSchema,
  );
  return {
    status: 'status' in read ? read.status : null,
    isSeen: read.kind === 'done',
    ...(read.kind === 'notSeen' ? { askedSeconds: read.seconds } : {}),
  };
}

function* execute(
  context: OrchestrationContext,
  batch: OwnedBatch,
  job: JobRef | null,
  view: JobView,
  command: PendingCommand,
  standing: Standing,
): Steps<Tried> {
  if (command.isOvertaken)
    return { verdict: 'tooLate', detail: 'a later command has taken its place' };
  switch (command.kind) {
    case 'cancel':
      if (job === null) return { verdict: 'applied', detail: 'nothing had been submitted' };
      return yield* sent(context, job, view, command, 'cancel');
    case 'reschedule':
      if (job === null) return { verdict: 'applied', detail: 'the job will have the new date' };
      return yield* sent(context, job, view, command, 'reschedule', {
        completeAfterDateTime: command.completeAfterDateTime,
      });
    case 'cancelTask':
      return yield* cancelTask(context, batch, job, view, command);
    case 'updateTask':
      if (job === null)
        return { verdict: 'tooLate', detail: 'there is no job yet that holds the user' };
      return yield* sent(context, job, view, command, 'updateUser', {
        taskId: command.taskId,
        commandId: command.commandId,
      });
    case 'revalidate':
      if (standing !== 'held')
        return {
          verdict: 'tooLate',
          detail: 'the batch does not wait with users who failed validation',
        };
      return {
        verdict: 'applied',
        detail:
          command.continueWithout === true
            ? 'the batch goes on without them'
            : 'they are validated again',
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
): Steps<Tried> {
  const { taskId } = command;
  const tried: Tried =
    job === null
      ? { verdict: 'applied', detail: 'nothing had been submitted' }
      : yield* sent(context, job, view, command, 'cancelUser', { taskId });
  if ('later' in tried || tried.verdict !== 'applied') return tried;
  // The outcome at once: a fresh job of the batch must not take the user along again.
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

function* sent(
  context: OrchestrationContext,
  job: JobRef,
  view: JobView,
  { acceptedAt }: PendingCommand,
  name: ActionName,
  members: ActionMembers = {},
): Steps<Tried> {
  const { jobId } = job;
  const action = actions[name];
  const { status, isSeen } = view;
  const taken: Result = { verdict: 'applied', detail: `job ${jobId} has taken it` };
  const tooLate = (now: string): Result => ({
    verdict: 'tooLate',
    detail: `job ${jobId} is ${now}: it goes on as it is`,
  });
  const unconfirmed = (why: string): Result => ({
    verdict: 'unconfirmed',
    detail: `Graph does not show job ${jobId}: ${why}; it is tried again at every status check`,
  });
  const isForbidden = status !== null && isJobStatus(status) && !action.allowed(status);
  if (isSeen && status !== null && action.accepted(status)) return taken;
  if (isForbidden)
    return isSeen
      ? tooLate(status)
      : unconfirmed(`it was ${status} when it was seen last, so that nothing is sent`);

  const answer = yield* call(
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
  switch (answer.kind) {
    case 'done':
      return taken;
    case 'frozen':
      return { later: 300, isAsked: false };
    case 'retryAfter':
      return { later: answer.seconds, isAsked: answer.seconds > 0 };
    case 'unknown':
      return isSeen
        ? { later: Math.max(15, answer.seconds), isAsked: answer.seconds > 0 }
        : {
            ...unconfirmed(`it was sent, and the answer was ${answer.reason}`),
            askedSeconds: answer.seconds,
          };
    case 'conflict': {
      if (!isSeen) return unconfirmed(`it was sent, and refused with ${answer.reason}`);
      const after = yield* look(context, job);
      if (!after.isSeen || after.status === null)
        return {
          ...unconfirmed(`it was sent, and refused with ${answer.reason}`),
          ...(after.askedSeconds === undefined ? {} : { askedSeconds: after.askedSeconds }),
        };
      return action.accepted(after.status) ? taken : tooLate(after.status);
    }
    case 'notFound':
      if (!isSeen) return unconfirmed(`it was sent, and the answer was ${answer.reason}`);
      if (context.df.currentUtcDateTime.getTime() - Date.parse(acceptedAt) < invisibleMs)
        return { later: 15, isAsked: false };
      return { verdict: 'notFound', detail: `job ${jobId} has nothing of that any more` };
    case 'rejected':
      return isSeen
        ? { verdict: 'refused', detail: `Graph refused ${action.activity}: ${answer.reason}` }
        : unconfirmed(`it was sent, and refused with ${answer.reason}`);
  }
}
