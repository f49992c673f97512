import type { CommandBook } from '../contracts/command.ts';
import { isCancelAsked, isPaused } from './answeredCommands.ts';
import { approvalDeadlineMs, hasVerdict, openApproval } from './approval.ts';

/** Before which step a batch stands; `unasked`: its job began to migrate by itself; `hold`: it waits with users who failed validation. */
export type GateStage = 'create' | 'migrate' | 'unasked' | 'hold';

/** `ask`: approval is needed and no request for it is open; `timedOut`: nobody has decided on the open one in time. */
export type Gate =
  | { readonly kind: 'go' }
  | { readonly kind: 'ask' }
  | { readonly kind: 'timedOut' }
  | { readonly kind: 'wait'; readonly untilMs: number | null }
  | { readonly kind: 'stop'; readonly reason: string };

/** Where a batch stands, beside what was asked of it. */
export interface Standing {
  readonly stage: GateStage;
  readonly batchId: string;
  /** The command that the batch's run comes from. */
  readonly round: string | null;
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
export function gateOf(
  { stage, batchId, round, approvalHours, isApproved, isCleared, heldUntilMs, nowMs }: Standing,
  book: CommandBook,
): Gate {
  if (isCancelAsked(batchId, book, round)) return { kind: 'stop', reason: 'cancelled on request' };
  // Its job was let through before, and migrates.
  if (stage === 'unasked' && (approvalHours === null || isCleared)) return { kind: 'go' };
  if (hasVerdict('rejected', book, round))
    return { kind: 'stop', reason: 'the cutover was rejected' };
  if (!isApproved && hasVerdict('timedOut', book, round))
    return { kind: 'stop', reason: 'nobody approved the cutover in time' };
  if (stage === 'hold')
    return nowMs >= heldUntilMs
      ? { kind: 'stop', reason: 'nobody answered in time about the users who failed validation' }
      : { kind: 'wait', untilMs: heldUntilMs };
  if (stage === 'unasked')
    return isApproved
      ? { kind: 'go' }
      : { kind: 'stop', reason: 'the job began to migrate by itself, before anybody had approved' };
  if (isPaused(book)) return { kind: 'wait', untilMs: null };
  if (stage === 'create' || approvalHours === null || isApproved) return { kind: 'go' };
  const open = openApproval(book);
  if (open === undefined) return { kind: 'ask' };
  const untilMs = approvalDeadlineMs(open.requestedAt, approvalHours);
  return nowMs >= untilMs ? { kind: 'timedOut' } : { kind: 'wait', untilMs };
}
