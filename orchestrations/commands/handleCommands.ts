import type { OrchestrationContext } from 'durable-functions';
import { doneSchema, type JobRef, type OwnedBatch } from '../../shared/contracts/internal/batch.ts';
import { readCommandsResultSchema } from '../../shared/contracts/internal/commands.ts';
import { call, type Steps } from '../durable/steps.ts';
import { activities } from '../names.ts';
import { executeCommand, type JobView, readJobView } from './executeCommand.ts';

/** What remains to do after the commands of a batch were handled. */
export interface Handled {
  /**
   * Seconds until a command that could not be executed yet is tried again; null if there is none.
   */
  readonly waitSeconds: number | null;
  /**
   * True if Graph asked for that wait: nothing is sent before it is over, even if a command
   * arrives.
   */
  readonly isAsked: boolean;
  /** True if there are untried commands, which the next generation handles at once. */
  readonly isMore: boolean;
  /** The decision of a command for a held batch. */
  readonly decision: 'revalidate' | 'continueWithout' | null;
}

/**
 * Handles the commands for a batch, oldest first, and records the result of each. `job` is null
 * before there is a job. `view` is what the caller has just read of the job, or null. Commands are
 * also sent while Graph does not show the job: if Graph does not accept one, its result is
 * `unconfirmed`, and the next call tries it again.
 */
export function* handleCommands(
  context: OrchestrationContext,
  { migrationId, batchId, owner }: OwnedBatch,
  job: JobRef | null,
  view: JobView | null,
  isHeld = false,
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
  // A later command must not overtake an earlier one of its kind that is postponed, because the
  // earlier one would then undo it.
  const postponed = new Set<string>();
  for (const command of commands) {
    const about = `${command.kind} ${command.taskId ?? ''}`;
    if (postponed.has(about)) continue;
    if (job !== null && known === null) {
      known = yield* readJobView(context, job);
      const { askedSeconds = 0 } = known;
      if (askedSeconds > 0) {
        waitSeconds = Math.max(waitSeconds ?? 0, askedSeconds);
        isAsked = true;
      }
    }
    const tried = yield* executeCommand(
      context,
      { migrationId, batchId, owner },
      job,
      known ?? { status: null, isSeen: false, completeAfterMs: null },
      command,
      isHeld,
    );
    if ('retrySeconds' in tried) {
      waitSeconds = Math.max(waitSeconds ?? 0, tried.retrySeconds);
      isAsked ||= tried.isAsked;
      postponed.add(about);
      continue;
    }
    const { askedSeconds = 0 } = tried;
    if (askedSeconds > 0) {
      waitSeconds = Math.max(waitSeconds ?? 0, askedSeconds);
      isAsked = true;
      postponed.add(about);
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
    // The command may have changed the status, so it is read again unless Graph asked to wait.
    if (job !== null && (known?.askedSeconds ?? 0) === 0) known = null;
  }
  return { waitSeconds, isAsked, isMore: more && waitSeconds === null, decision };
}
