import { createHash, randomUUID } from 'node:crypto';
import type {
  CommandWithResults,
  Command,
  CommandLog,
  CommandKind,
  CommandResult,
  Decision,
  TaskUpdate,
} from '../../shared/contracts/command.ts';
import type { Batch } from '../../shared/contracts/migration.ts';
import type { ProblemCode, ProblemField } from '../../shared/contracts/problem.ts';
import type { RequestedUser, UsersRequest } from '../../shared/contracts/request.ts';
import { commandsWithResults, startsRun, pendingCommands } from '../../shared/domain/commands.ts';
import type { Stores } from '../../shared/storage/stores.ts';

/** A command as the caller sent it. */
export interface CommandRequest {
  readonly kind: CommandKind;
  /**
   * Display name of the caller. If the caller is signed in, `byId` is their id and `names` holds
   * all their names.
   */
  readonly by: string | null;
  readonly byId?: string | null;
  readonly names?: readonly string[];
  /** For approve and reject: the approval request to decide on. */
  readonly approvalId?: string | null;
  readonly reason: string | null;
  readonly completeAfterDateTime: string | null;
  readonly taskId: string | null;
  readonly continueWithout: boolean | null;
  readonly update: TaskUpdate | null;
  /** For addTasks. */
  readonly users: readonly RequestedUser[];
  /**
   * For addTasks: whether to refuse the command if another migration has or has migrated one of the
   * users.
   */
  readonly onConflict?: UsersRequest['onConflict'];
}

/** What accepting a command needs. */
export interface CommandServices {
  readonly stores: Stores;
  readonly nowMs: () => number;
  /** Whether writes to user tasks are enabled in the configuration. */
  readonly userTaskWrites: boolean;
  /** Raises the wake-up event of an orchestration. Losing it only costs time. */
  readonly wakeUp: (instanceId: string) => Promise<void>;
  /** Starts the run of a command. Does nothing if it was started before. */
  readonly startRun: (migrationId: string, commandId: string) => Promise<void>;
}

export type CommandAcceptance =
  | { readonly kind: 'accepted'; readonly command: CommandWithResults }
  /** The command cannot take effect (409). */
  | {
      readonly kind: 'conflict';
      readonly code: ProblemCode;
      readonly detail: string;
      readonly errors?: readonly ProblemField[];
    }
  /** The caller is not allowed to send this command (403). */
  | {
      readonly kind: 'forbidden';
      readonly code: 'requesterCannotApprove' | 'approverNotAuthenticated';
      readonly detail: string;
    }
  | { readonly kind: 'notFound'; readonly detail: string };

/** The result of a command that takes effect with its row. */
export type ImmediateResult = Pick<CommandResult, 'verdict' | 'detail'>;

/**
 * Records the results that no batch will record: `immediate`, if the command takes effect with its
 * row, and `tooLate` for each batch that ended before it could read the command. Can be repeated:
 * an existing result stays as it is.
 */
export async function recordMissingResults(
  command: Command,
  immediate: ImmediateResult | undefined,
  batches: readonly Batch[],
  stores: Stores,
  nowMs: number,
): Promise<void> {
  const { migrationId, commandId, targets } = command;
  const record = async (batchId: string | null, result: ImmediateResult): Promise<void> => {
    await stores.commands.recordResult({
      migrationId,
      commandId,
      batchId,
      ...result,
      decidedAt: new Date(nowMs).toISOString(),
    });
  };
  if (immediate !== undefined) await record(null, immediate);
  else if (targets.length === 0)
    await record(null, { verdict: 'tooLate', detail: 'every batch had already ended' });
  for (const { batchId, finishedAt } of batches) {
    if (finishedAt !== null && targets.includes(batchId))
      await record(batchId, { verdict: 'tooLate', detail: 'the batch had already ended' });
  }
}

interface SaveServices {
  readonly stores: Stores;
  readonly nowMs: () => number;
  readonly wakeUp: (instanceId: string) => Promise<void>;
}

// A batch handles this many commands at a time. If as many are pending before this one, no wake-up
// event is needed, and each event would make the history longer.
const maxUndecided = 20;

/**
 * Stores a command and raises the wake-up event of its target batches, or of all batches if it has
 * no targets. A batch that ended before the row was written has not read the command: its result is
 * recorded here. Returns the command log; undefined for a command that starts a run, which records
 * its own results.
 */
export async function saveCommand(
  command: Command,
  { stores, nowMs, wakeUp }: SaveServices,
  immediate?: ImmediateResult,
): Promise<CommandLog | undefined> {
  const { migrationId, targets } = command;
  await stores.commands.add(command);
  if (startsRun(command.kind)) return undefined;
  const batches = await stores.batches.list(migrationId);
  await recordMissingResults(command, immediate, batches, stores, nowMs());
  const commandLog = await stores.commands.readLog(migrationId);
  for (const { batchId, finishedAt, waiterId } of batches) {
    if (finishedAt !== null || waiterId === null) continue;
    const isToWake =
      targets.length === 0 ||
      (targets.includes(batchId) && pendingCommands(batchId, commandLog).length <= maxUndecided);
    if (isToWake) await wakeUp(waiterId);
  }
  return commandLog;
}

/**
 * Returns a stored command with its results so far.
 * @param commandLog the command log, if it was just read
 */
export async function commandWithResults(
  { migrationId, commandId }: Pick<Command, 'migrationId' | 'commandId'>,
  stores: Stores,
  commandLog?: CommandLog,
): Promise<CommandWithResults> {
  const { commands, ...rest } = commandLog ?? (await stores.commands.readLog(migrationId));
  const [found] = commandsWithResults({
    ...rest,
    commands: commands.filter((one) => one.commandId === commandId),
  });
  if (found === undefined)
    throw new Error(`the command ${commandId} was written but cannot be read back`);
  return found;
}

/**
 * Starts the run of a stored command if it is pending, and returns the command with its results.
 * Can be repeated.
 */
export async function finishCommand(
  command: Command,
  services: CommandServices,
  commandLog?: CommandLog,
): Promise<CommandAcceptance> {
  const withResults = await commandWithResults(command, services.stores, commandLog);
  // A command that has its results has already run, and Durable would start it again.
  if (startsRun(command.kind) && withResults.state === 'pending')
    await services.startRun(command.migrationId, command.commandId);
  return { kind: 'accepted', command: withResults };
}

export async function saveAndFinish(
  command: Command,
  services: CommandServices,
  immediate?: ImmediateResult,
): Promise<CommandAcceptance> {
  const commandLog = await saveCommand(command, services, immediate);
  return finishCommand(command, services, commandLog);
}

/**
 * Returns the result of a command that takes effect with its row; undefined for a command that
 * batches handle.
 */
export function immediateResult(
  { kind, by, byId }: Pick<Command, 'kind' | 'by' | 'byId'>,
  decision: Decision | undefined,
): ImmediateResult | undefined {
  if (kind === 'pause')
    return {
      verdict: 'applied',
      detail: 'no new jobs are submitted until the migration is resumed',
    };
  if (kind === 'resume') return { verdict: 'applied', detail: 'the migration continues' };
  if ((kind !== 'approve' && kind !== 'reject') || decision === undefined) return undefined;
  const verdict = kind === 'approve' ? 'approved' : 'rejected';
  if (
    decision.verdict === verdict &&
    decision.byId === byId &&
    (byId !== null || decision.by === by)
  )
    return { verdict: 'applied', detail: verdict };
  return {
    verdict: 'tooLate',
    detail:
      decision.verdict === 'timedOut'
        ? 'nobody decided in time'
        : `the cutover was already ${decision.verdict}`,
  };
}

// Orders the ids of commands that arrive within one millisecond.
let issued = 0;

/**
 * Returns the id of a command. With an idempotency key the id is derived from the key, so the same
 * key always names the same command.
 */
export function commandIdOf(
  migrationId: string,
  kind: CommandKind,
  key: string | undefined,
  nowMs: number,
): string {
  if (key === undefined) {
    issued = (issued + 1) % 0x10000;
    return `${String(nowMs).padStart(13, '0')}-${issued.toString(16).padStart(4, '0')}${randomUUID().slice(0, 8)}`;
  }
  const hash = createHash('sha256').update(`${migrationId} ${kind} ${key}`).digest('hex');
  return `${String(Number.parseInt(hash.slice(0, 10), 16)).padStart(13, '0')}-${hash.slice(10, 22)}`;
}

/**
 * Notes in a batch row that a retry is requested for a job that is out of sight. The batch reuses
 * the job when Graph shows it again, and replaces it if it no longer exists. Returns false if the
 * batch has ended or has no task with the outcome `unknown`. Can be repeated.
 */
export function requestEarlyPoll(
  stores: Stores,
  migrationId: string,
  batchId: string,
  commandId: string,
): Promise<boolean> {
  return stores.batches.change(migrationId, batchId, ({ finishedAt, counts }) =>
    finishedAt === null && counts.unknown > 0 ? { retryCommandId: commandId } : undefined,
  );
}
