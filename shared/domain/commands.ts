import {
  type Approval,
  type Command,
  type CommandKind,
  type CommandLog,
  type CommandResult,
  type CommandWithResults,
  type Decision,
  type Freeze,
  runKinds,
} from '../contracts/command.ts';
import type { Batch, Migration } from '../contracts/migration.ts';

/**
 * Returns whether people made this decision about the current run. Decisions from before the retry
 * that started it do not count.
 */
function wasDecided(
  verdict: Decision['verdict'],
  { approvals, commands }: CommandLog,
  runCommandId: string | null,
): boolean {
  const retriedAt = retryOf(commands, runCommandId)?.acceptedAt ?? '';
  return approvals.some(
    ({ decision }) => decision?.verdict === verdict && decision.decidedAt > retriedAt,
  );
}

/**
 * Returns the approvals that still count for a batch, newest first. Approvals from before a renewed
 * validation, or from before the retry that created the current job, do not count. The caller
 * checks which tasks each approval covers.
 */
export function validApprovals(
  { kind }: Pick<Migration, 'kind'>,
  { run, runCommandId, attempt, firstAttempt, revalidatedAt }: Batch,
  { approvals, commands }: CommandLog,
): Approval[] {
  // A retry in the same job validates nobody again.
  const isValidatedAnew = run > 1 && (kind === 'sharePoint' || attempt >= firstAttempt);
  const retriedAt = isValidatedAnew ? (retryOf(commands, runCommandId)?.acceptedAt ?? '') : '';
  const afterAt = [retriedAt, revalidatedAt ?? ''].reduce((a, b) => (a > b ? a : b));
  return approvals
    .filter(({ decision }) => decision?.verdict === 'approved' && decision.decidedAt > afterAt)
    .reverse();
}

/** Returns the undecided approval request, or undefined. */
export function openApproval({ approvals }: Pick<CommandLog, 'approvals'>): Approval | undefined {
  const last = approvals.at(-1);
  return last?.decision === undefined ? last : undefined;
}

/** Returns the decision on the approval request that a command names, or undefined. */
export function decisionFor(
  { approvalId }: Pick<Command, 'approvalId'>,
  { approvals }: Pick<CommandLog, 'approvals'>,
): Decision | undefined {
  return approvals.find((approval) => approval.approvalId === approvalId)?.decision;
}

/** Returns the deadline for the decision on an approval request, in epoch milliseconds. */
export function approvalDeadlineMs(requestedAt: string, approvalHours: number): number {
  return Date.parse(requestedAt) + approvalHours * 3_600_000;
}

function retryOf(commands: readonly Command[], runCommandId: string | null): Command | undefined {
  return commands.find(({ commandId, kind }) => commandId === runCommandId && kind === 'retry');
}

/**
 * The step that a batch needs clearance for. `selfStarted`: its job started to migrate without a
 * migrate call. `hold`: the batch is held with users who failed validation.
 */
export type CheckpointStage = 'create' | 'migrate' | 'selfStarted' | 'hold';

/**
 * What a batch may do at a checkpoint. `ask`: request an approval. `timedOut`: record that nobody
 * decided on the open request in time.
 */
export type Clearance =
  | { readonly kind: 'go' }
  | { readonly kind: 'ask' }
  | { readonly kind: 'timedOut' }
  | { readonly kind: 'wait'; readonly untilMs: number | null }
  | { readonly kind: 'stop'; readonly reason: string };

/** The state of a batch at a checkpoint, apart from its commands. */
export interface CheckpointState {
  readonly stage: CheckpointStage;
  readonly batchId: string;
  /** The command that started the current run. */
  readonly runCommandId: string | null;
  readonly approvalHours: number | null;
  /**
   * Whether valid approvals cover every task that the batch is about to migrate. Before the batch
   * has a job: whether there is a valid approval.
   */
  readonly isApproved: boolean;
  /**
   * Whether the batch was cleared for its cutover before, and has not been validated again since.
   */
  readonly isCleared: boolean;
  readonly heldUntilMs: number;
  readonly nowMs: number;
}

/**
 * Decides whether a batch may take its next step. A cancel or a rejection stops it, a pause makes
 * it wait, and a required approval must come before the cutover. If nobody decides in time, the
 * batch stops. A held batch waits until a command releases it or its time is over.
 */
export function clearanceOf(
  {
    stage,
    batchId,
    runCommandId,
    approvalHours,
    isApproved,
    isCleared,
    heldUntilMs,
    nowMs,
  }: CheckpointState,
  commandLog: CommandLog,
): Clearance {
  if (isCancelRequested(batchId, commandLog, runCommandId))
    return { kind: 'stop', reason: 'cancelled on request' };
  // The job was cleared before and is migrating.
  if (stage === 'selfStarted' && (approvalHours === null || isCleared)) return { kind: 'go' };
  if (wasDecided('rejected', commandLog, runCommandId))
    return { kind: 'stop', reason: 'the cutover was rejected' };
  if (!isApproved && wasDecided('timedOut', commandLog, runCommandId))
    return { kind: 'stop', reason: 'nobody approved the cutover in time' };
  if (stage === 'hold')
    return nowMs >= heldUntilMs
      ? { kind: 'stop', reason: 'nobody decided in time about the users who failed validation' }
      : { kind: 'wait', untilMs: heldUntilMs };
  if (stage === 'selfStarted')
    return isApproved
      ? { kind: 'go' }
      : { kind: 'stop', reason: 'the job started to migrate without an approval' };
  if (isPaused(commandLog)) return { kind: 'wait', untilMs: null };
  if (stage === 'create' || approvalHours === null || isApproved) return { kind: 'go' };
  const open = openApproval(commandLog);
  if (open === undefined) return { kind: 'ask' };
  const untilMs = approvalDeadlineMs(open.requestedAt, approvalHours);
  return nowMs >= untilMs ? { kind: 'timedOut' } : { kind: 'wait', untilMs };
}

const prefix = 'waits because of the freeze since ';

/**
 * Returns the message of a batch that waits because of a freeze. It names nobody: health and the
 * audit trail say who asked for the freeze and why.
 */
export function freezeText({ since }: Pick<Freeze, 'since'>): string {
  return `${prefix}${since}: nothing new is created or migrated until it is lifted`;
}

/** Returns whether a message was made by `freezeText`, for the current freeze or an earlier one. */
export function isFreezeText(message: string | null): boolean {
  return message?.startsWith(prefix) === true;
}

/**
 * Adds the text of the current freeze, if there is one, to the message of a migration that has not
 * ended.
 */
export function withFreeze(message: string | null, frozen: Freeze | null): string | null {
  if (frozen === null) return message;
  return message === null ? freezeText(frozen) : `${message}; ${freezeText(frozen)}`;
}

/** Returns whether an orchestration of its own executes the command. */
export function startsRun(kind: CommandKind): boolean {
  const kinds: readonly CommandKind[] = runKinds;
  return kinds.includes(kind);
}

/**
 * Returns every command with its state, which is `pending` until each of its batches has a result.
 */
export function commandsWithResults({ commands, results }: CommandLog): CommandWithResults[] {
  return commands.map((command) => {
    const own = results.filter(({ commandId }) => commandId === command.commandId);
    return {
      ...command,
      state: stateOf(command, own),
      results: own.map(({ batchId, verdict, detail, decidedAt }) => ({
        batchId,
        verdict,
        detail,
        decidedAt,
      })),
    };
  });
}

/**
 * Returns the commands without a result for the batch, oldest first, except those that start a run.
 */
export function pendingCommands(batchId: string, { commands, results }: CommandLog): Command[] {
  const decided = new Set(
    results.filter((result) => result.batchId === batchId).map(({ commandId }) => commandId),
  );
  return commands.filter(
    ({ commandId, kind, targets }) =>
      !startsRun(kind) && targets.includes(batchId) && !decided.has(commandId),
  );
}

/**
 * Returns the commands with the result `unconfirmed` for the batch, oldest first. They are tried
 * again.
 */
export function unconfirmedCommands(batchId: string, { commands, results }: CommandLog): Command[] {
  const unconfirmed = new Set(
    results
      .filter((result) => result.batchId === batchId && result.verdict === 'unconfirmed')
      .map(({ commandId }) => commandId),
  );
  return commands.filter(({ commandId }) => unconfirmed.has(commandId));
}

/**
 * Returns whether a cancel of the migration applies to the batch. A cancel from before
 * `runCommandId`, the command that started the current run, does not count, nor does one that the
 * batch could not execute.
 */
export function isCancelRequested(
  batchId: string,
  { commands, results }: CommandLog,
  runCommandId: string | null,
): boolean {
  return commands
    .slice(commands.findIndex(({ commandId }) => commandId === runCommandId) + 1)
    .some(
      ({ commandId, kind, targets }) =>
        kind === 'cancel' &&
        targets.includes(batchId) &&
        results.every(
          (result) =>
            result.commandId !== commandId ||
            result.batchId !== batchId ||
            isApplied(result) ||
            result.verdict === 'unconfirmed',
        ),
    );
}

/** Returns whether the migration is paused. */
export function isPaused({ commands }: CommandLog): boolean {
  return commands.findLast(({ kind }) => kind === 'pause' || kind === 'resume')?.kind === 'pause';
}

/** Compares commands for sorting, oldest first. */
export function byAcceptance(a: Command, b: Command): number {
  return `${a.acceptedAt} ${a.commandId}` < `${b.acceptedAt} ${b.commandId}` ? -1 : 1;
}

function stateOf(
  { targets }: Command,
  results: readonly CommandResult[],
): CommandWithResults['state'] {
  const [first] = results;
  if (first === undefined || results.length < targets.length) return 'pending';
  if (results.every(({ verdict }) => verdict === first.verdict)) return first.verdict;
  if (results.some(isApplied)) return 'partlyApplied';
  // The app still tries it.
  return results.some(({ verdict }) => verdict === 'unconfirmed') ? 'unconfirmed' : first.verdict;
}

function isApplied({ verdict }: Pick<CommandResult, 'verdict'>): boolean {
  return verdict === 'applied' || verdict === 'partlyApplied';
}

/** Returns the pending and the unconfirmed commands of a batch, each oldest first. */
export function openCommands(
  batchId: string,
  commandLog: CommandLog,
): { readonly pending: readonly Command[]; readonly unconfirmed: readonly Command[] } {
  return {
    pending: pendingCommands(batchId, commandLog),
    unconfirmed: unconfirmedCommands(batchId, commandLog),
  };
}
