import type { OrchestrationContext, Task } from 'durable-functions';
import { doneSchema, type JobRef, type OwnedBatch } from '../../shared/contracts/internal/batch.ts';
import {
  type PendingCommand,
  readCommandsResultSchema,
} from '../../shared/contracts/internal/commands.ts';
import { type HoldDecision, usersEffects } from '../../shared/domain/usersEffects.ts';
import { call, type Steps } from '../durable/steps.ts';
import { activities } from '../names.ts';
import { executeCommand, type JobView, readJobView } from './executeCommand.ts';
import { interpretCommands } from './interpretCommands.ts';

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
  readonly decision: HoldDecision | null;
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
  const batch = { migrationId, batchId, owner };
  let known = view;
  let viewSeconds = 0;
  let decision: HoldDecision | null = null;
  const { waitSeconds, askedSeconds } = yield* interpretCommands<PendingCommand, Task, unknown>({
    commands,
    *execute(command) {
      if (job !== null && known === null) {
        known = yield* readJobView(context, job);
        viewSeconds = Math.max(viewSeconds, known.askedSeconds ?? 0);
      }
      const seen = known ?? { status: null, isSeen: false, completeAfterMs: null };
      return yield* executeCommand(context, batch, job, seen, command, isHeld);
    },
    *record(command, { verdict, detail }) {
      const effect = usersEffects[command.kind];
      if (effect?.kind === 'decision' && verdict === 'applied') decision = effect.decide(command);
      yield* call(
        context,
        activities.recordCommandResult,
        { ...batch, commandId: command.commandId, verdict, detail },
        doneSchema,
      );
      // The command may have changed the status, so it is read again unless Graph asked to wait.
      if (job !== null && (known?.askedSeconds ?? 0) === 0) known = null;
    },
    holdsUp: (earlier, _execution, { kind, taskId }) =>
      earlier.kind === kind && earlier.taskId === taskId,
  });
  const wait = viewSeconds > 0 ? Math.max(waitSeconds ?? 0, viewSeconds) : waitSeconds;
  return {
    waitSeconds: wait,
    isAsked: askedSeconds > 0 || viewSeconds > 0,
    isMore: more && wait === null,
    decision,
  };
}
