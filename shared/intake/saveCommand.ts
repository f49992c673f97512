import { createHash, randomUUID } from 'node:crypto';
import type {
  CommandWithResults,
  Command,
  CommandLog,
  CommandKind,
  CommandResult,
  Decision,
  TaskUpdate,
} from '../contracts/command.ts';
import type { Batch } from '../contracts/migration.ts';
import type { ProblemCode, ProblemField } from '../contracts/problem.ts';
import type { RequestedUser, UsersRequest } from '../contracts/request.ts';
import { commandsWithResults, startsRun, undecidedFor } from '../domain/commands.ts';
import type { Stores } from '../storage/stores.ts';

/** What is asked, by whom, and why. */
export interface CommandRequest {
  readonly kind: CommandKind;
  /** What the asker is called; `byId`: who they are, and `names`: everything that they are called, where they are signed in. */
  readonly by: string | null;
  readonly byId?: string | null;
  readonly names?: readonly string[];
  /** Of approve and reject: the request for approval that is decided on. */
  readonly approvalId?: string | null;
  readonly reason: string | null;
  readonly completeAfterDateTime: string | null;
  readonly taskId: string | null;
  readonly continueWithout: boolean | null;
  readonly update: TaskUpdate | null;
  /** Of addTasks. */
  readonly users: readonly RequestedUser[];
  /** Of addTasks: whether users who are in another migration, or were moved by one, are a reason to refuse. */
  readonly onConflict?: UsersRequest['onConflict'];
}

export interface CommandServices {
  readonly stores: Stores;
  readonly nowMs: () => number;
  /** Whether the tenant's API offers writes to user tasks, by configuration. */
  readonly userTaskWrites: boolean;
  /** Wakes a waiting orchestration; losing the call only costs time. */
  readonly wakeUp: (instanceId: string) => Promise<void>;
  /** Starts the orchestration of what a command adds to a migration; does nothing when it has been started before. */
  readonly startRun: (migrationId: string, commandId: string) => Promise<void>;
}

export type CommandAcceptance =
  | { readonly kind: 'accepted'; readonly command: CommandWithResults }
  /** It cannot take effect any more, or it asks for what nobody waits for (409). */
  | {
      readonly kind: 'conflict';
      readonly code: ProblemCode;
      readonly detail: string;
      readonly errors?: readonly ProblemField[];
    }
  /** The asker may not do this (403). */
  | {
      readonly kind: 'forbidden';
      readonly code: 'requesterCannotApprove' | 'approverNotAuthenticated';
      readonly detail: string;
    }
  | { readonly kind: 'notFound'; readonly detail: string };

/** What a command is answered with at once. */
export type ImmediateResult = Pick<CommandResult, 'verdict' | 'detail'>;

/**
 * Gives a command the answers that nobody else will give: `atOnce`, where it takes effect as a row, and that of every batch that
 * had ended before it could see the command. What a batch will still answer is left to it. May run again: an answer that is there stays.
 */
export async function recordMissingResults(
  command: Command,
  atOnce: ImmediateResult | undefined,
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
  if (atOnce !== undefined) await record(null, atOnce);
  else if (targets.length === 0)
    await record(null, { verdict: 'tooLate', detail: 'every batch had ended' });
  for (const { batchId, finishedAt } of batches) {
    if (finishedAt !== null && targets.includes(batchId))
      await record(batchId, { verdict: 'tooLate', detail: 'the batch had ended' });
  }
}

interface SaveServices {
  readonly stores: Stores;
  readonly nowMs: () => number;
  readonly wakeUp: (instanceId: string) => Promise<void>;
}

// A batch takes no more at a time. With that many before the command it goes on without a wake-up event, each of which makes its history longer.
const maxUndecided = 20;

/**
 * Writes a command down and wakes the batches that it is for, which are all where it names none. A batch that ended between the look at it and the
 * row has not seen the command: it is answered here. Returns what was asked so far; undefined for a round, which answers by itself.
 */
export async function saveCommand(
  command: Command,
  { stores, nowMs, wakeUp }: SaveServices,
  atOnce?: ImmediateResult,
): Promise<CommandLog | undefined> {
  const { migrationId, targets } = command;
  await stores.commands.add(command);
  if (startsRun(command.kind)) return undefined;
  const batches = await stores.batches.list(migrationId);
  await recordMissingResults(command, atOnce, batches, stores, nowMs());
  const commandLog = await stores.commands.readLog(migrationId);
  for (const { batchId, finishedAt, waiterId } of batches) {
    if (finishedAt !== null || waiterId === null) continue;
    const isToWake =
      targets.length === 0 ||
      (targets.includes(batchId) && undecidedFor(batchId, commandLog).length <= maxUndecided);
    if (isToWake) await wakeUp(waiterId);
  }
  return commandLog;
}

/** A command that is on record, with what has become of it so far. `commandLog`: what was asked, where it was just read. */
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
    throw new Error(`the command ${commandId} was written and cannot be read back`);
  return found;
}

/** Brings a command that is on record to where it can be answered; safe to repeat. */
export async function finishCommand(
  command: Command,
  services: CommandServices,
  commandLog?: CommandLog,
): Promise<CommandAcceptance> {
  const answered = await commandWithResults(command, services.stores, commandLog);
  // One that has its answer has been: Durable would begin it again.
  if (startsRun(command.kind) && answered.state === 'pending')
    await services.startRun(command.migrationId, command.commandId);
  return { kind: 'accepted', command: answered };
}

export async function saveAndFinish(
  command: Command,
  services: CommandServices,
  atOnce?: ImmediateResult,
): Promise<CommandAcceptance> {
  const commandLog = await saveCommand(command, services, atOnce);
  return finishCommand(command, services, commandLog);
}

/** What a command that takes effect as a row is answered with; undefined for one that batches answer. */
export function immediateResult(
  { kind, by, byId }: Pick<Command, 'kind' | 'by' | 'byId'>,
  decision: Decision | undefined,
): ImmediateResult | undefined {
  if (kind === 'pause') return { verdict: 'applied', detail: 'nothing new is submitted' };
  if (kind === 'resume') return { verdict: 'applied', detail: 'work goes on' };
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
    detail: `it had been ${decision.verdict === 'timedOut' ? 'left without an answer in time' : decision.verdict}`,
  };
}

// Commands of one millisecond keep their order.
let issued = 0;

/** The id of a command: derived from the caller's key where there is one, so that the same key is the same command. */
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
 * Notes on the row of a batch whose job Graph does not show that a retry is wanted: the orchestration of the batch takes the job over when it shows
 * again, and replaces it when it is gone. False when the batch has ended, or has no user with the outcome `unknown`. May be called again.
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
