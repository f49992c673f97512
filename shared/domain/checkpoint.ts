import type { Approval, Command, CommandLog, Decision, Freeze } from '../contracts/command.ts';
import type { Batch, Migration } from '../contracts/migration.ts';
import { isCancelAsked, isPaused } from './commands.ts';

/** The verdict of people on the run that a batch is in: what was decided before the retry that the run comes from is over. */
export function hasVerdict(
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
 * The approvals on which a batch may still rely, newest first: those from before a renewed validation, or from before the retry that a fresh job
 * comes from, do not hold any more. Whom each of them covers is another question.
 */
export function approvalsThatHold(
  { kind }: Pick<Migration, 'kind'>,
  { run, runCommandId, attempt, firstAttempt, approveAfter }: Batch,
  { approvals, commands }: CommandLog,
): Approval[] {
  // A retry in the same job validates nobody anew.
  const isValidatedAnew = run > 1 && (kind === 'sharePoint' || attempt >= firstAttempt);
  const retriedAt = isValidatedAnew ? (retryOf(commands, runCommandId)?.acceptedAt ?? '') : '';
  const afterAt = [retriedAt, approveAfter ?? ''].reduce((a, b) => (a > b ? a : b));
  return approvals
    .filter(({ decision }) => decision?.verdict === 'approved' && decision.decidedAt > afterAt)
    .reverse();
}

/** The request for approval that waits for its decision; undefined when none does. */
export function openApproval({ approvals }: Pick<CommandLog, 'approvals'>): Approval | undefined {
  const last = approvals.at(-1);
  return last?.decision === undefined ? last : undefined;
}

/** What was decided on the request for approval that a command is about; undefined while nothing is. */
export function decisionFor(
  { approvalId }: Pick<Command, 'approvalId'>,
  { approvals }: Pick<CommandLog, 'approvals'>,
): Decision | undefined {
  return approvals.find((approval) => approval.approvalId === approvalId)?.decision;
}

/** Until when a request for approval waits for its decision, epoch milliseconds. */
export function approvalDeadlineMs(requestedAt: string, approvalHours: number): number {
  return Date.parse(requestedAt) + approvalHours * 3_600_000;
}

function retryOf(commands: readonly Command[], runCommandId: string | null): Command | undefined {
  return commands.find(({ commandId, kind }) => commandId === runCommandId && kind === 'retry');
}

/** Before which step a batch stands; `unasked`: its job began to migrate by itself; `hold`: it waits with users who failed validation. */
export type CheckpointStage = 'create' | 'migrate' | 'unasked' | 'hold';

/** `ask`: approval is needed and no request for it is open; `timedOut`: nobody has decided on the open one in time. */
export type Clearance =
  | { readonly kind: 'go' }
  | { readonly kind: 'ask' }
  | { readonly kind: 'timedOut' }
  | { readonly kind: 'wait'; readonly untilMs: number | null }
  | { readonly kind: 'stop'; readonly reason: string };

/** Where a batch stands, beside what was asked of it. */
export interface Standing {
  readonly stage: CheckpointStage;
  readonly batchId: string;
  /** The command that the batch's run comes from. */
  readonly runCommandId: string | null;
  readonly approvalHours: number | null;
  /** Whether approvals that hold cover everybody whom the batch is about to migrate; before it has a job, whether there is one that holds. */
  readonly isApproved: boolean;
  /** Whether the batch was let through to its cutover before, and has not been validated anew since. */
  readonly isCleared: boolean;
  readonly heldUntilMs: number;
  readonly nowMs: number;
}

/**
 * Whether a batch may take its next step: not after a cancel, not while the migration is paused, and not to the cutover
 * before somebody has approved where approval is asked for. No decision in time means no. A batch that is held never goes on by
 * itself: a command takes it out, or its time is over.
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
  }: Standing,
  commandLog: CommandLog,
): Clearance {
  if (isCancelAsked(batchId, commandLog, runCommandId))
    return { kind: 'stop', reason: 'cancelled on request' };
  // Its job was let through before, and migrates.
  if (stage === 'unasked' && (approvalHours === null || isCleared)) return { kind: 'go' };
  if (hasVerdict('rejected', commandLog, runCommandId))
    return { kind: 'stop', reason: 'the cutover was rejected' };
  if (!isApproved && hasVerdict('timedOut', commandLog, runCommandId))
    return { kind: 'stop', reason: 'nobody approved the cutover in time' };
  if (stage === 'hold')
    return nowMs >= heldUntilMs
      ? { kind: 'stop', reason: 'nobody answered in time about the users who failed validation' }
      : { kind: 'wait', untilMs: heldUntilMs };
  if (stage === 'unasked')
    return isApproved
      ? { kind: 'go' }
      : { kind: 'stop', reason: 'the job began to migrate by itself, before anybody had approved' };
  if (isPaused(commandLog)) return { kind: 'wait', untilMs: null };
  if (stage === 'create' || approvalHours === null || isApproved) return { kind: 'go' };
  const open = openApproval(commandLog);
  if (open === undefined) return { kind: 'ask' };
  const untilMs = approvalDeadlineMs(open.requestedAt, approvalHours);
  return nowMs >= untilMs ? { kind: 'timedOut' } : { kind: 'wait', untilMs };
}

const prefix = 'waits because of the freeze since ';

/** What the row of a batch says while a freeze holds it. It names nobody: who asked for the freeze, and why, is in health and in the audit trail. */
export function freezeText({ since }: Pick<Freeze, 'since'>): string {
  return `${prefix}${since}: nothing new is created or migrated until it is lifted`;
}

/** Whether a message is one of a freeze, of this one or an earlier one. */
export function isFreezeText(message: string | null): boolean {
  return message?.startsWith(prefix) === true;
}

/** The message of a migration that has not ended, with what a freeze adds to it. */
export function withFreeze(message: string | null, frozen: Freeze | null): string | null {
  if (frozen === null) return message;
  return message === null ? freezeText(frozen) : `${message}; ${freezeText(frozen)}`;
}
