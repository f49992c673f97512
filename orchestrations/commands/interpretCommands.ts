import type { CommandResult } from '../../shared/contracts/command.ts';

/** The result of a command in a batch. */
export type BatchResult = Pick<CommandResult, 'verdict' | 'detail'>;

/**
 * What executing a command in a batch has led to. `postponed`: there is no result yet, and the
 * command is tried again. `askedSeconds`: the wait that Graph asks for before the next try; absent
 * means none. `retrySeconds`: the shortest wait if Graph asks for less.
 */
export type CommandExecution =
  | (BatchResult & { readonly askedSeconds?: number })
  | {
      readonly verdict: 'postponed';
      readonly askedSeconds: number;
      readonly retrySeconds?: number;
    };

interface OpenCommand {
  /** Whether it has the result `unconfirmed`. */
  readonly isUnconfirmed: boolean;
}

/**
 * The open commands of a batch, and how they are executed there. A batch of users yields durable
 * tasks as its steps, a batch of SharePoint tasks promises.
 */
export interface CommandBatch<Command extends OpenCommand, Step, StepResult> {
  /** The commands without a final result, in the order in which they are tried. */
  readonly commands: readonly Command[];
  execute(command: Command): Generator<Step, CommandExecution, StepResult>;
  record(command: Command, result: BatchResult): Generator<Step, void, StepResult>;
  /**
   * Returns whether a later command must not overtake an earlier one that waits for its next try,
   * because the earlier one would then undo it.
   */
  holdsUp(earlier: Command, execution: CommandExecution, later: Command): boolean;
}

/** What remains to do after the commands of a batch were interpreted. */
export interface Interpreted {
  /** Seconds until the next try; null if no command waits for one. */
  readonly waitSeconds: number | null;
  /** The longest wait that Graph asks for, or 0. */
  readonly askedSeconds: number;
  /** Whether a command has no result at all. */
  readonly isPostponed: boolean;
  /** Whether a command has the result `unconfirmed`. */
  readonly isUnconfirmed: boolean;
}

/**
 * Interprets the commands of a batch one after the other: executes each and records its result. A
 * command that is postponed, or for which Graph asks to wait, may hold up later ones. An
 * `unconfirmed` command is tried again, and keeps its result until it has another.
 */
export function* interpretCommands<Command extends OpenCommand, Step, StepResult>(
  batch: CommandBatch<Command, Step, StepResult>,
): Generator<Step, Interpreted, StepResult> {
  const waiting: (readonly [Command, CommandExecution])[] = [];
  let waitSeconds: number | null = null;
  let askedSeconds = 0;
  let isPostponed = false;
  let isUnconfirmed = false;
  for (const command of batch.commands) {
    if (waiting.some(([earlier, execution]) => batch.holdsUp(earlier, execution, command)))
      continue;
    const execution = yield* batch.execute(command);
    const asked = execution.askedSeconds ?? 0;
    if (execution.verdict === 'postponed' || asked > 0) {
      const { retrySeconds = 0 } = execution.verdict === 'postponed' ? execution : {};
      waitSeconds = Math.max(waitSeconds ?? 0, asked, retrySeconds);
      askedSeconds = Math.max(askedSeconds, asked);
      waiting.push([command, execution]);
    }
    if (execution.verdict === 'postponed') {
      if (command.isUnconfirmed) isUnconfirmed = true;
      else isPostponed = true;
      continue;
    }
    const { verdict, detail } = execution;
    if (verdict === 'unconfirmed') {
      isUnconfirmed = true;
      if (command.isUnconfirmed) continue;
    }
    yield* batch.record(command, { verdict, detail });
  }
  return { waitSeconds, askedSeconds, isPostponed, isUnconfirmed };
}
