import type { CommandBook } from '../contracts/command.ts';
import { isCancelAsked, isPaused } from './answeredCommands.ts';

/** Before which step a batch stands; `unasked`: its job began to migrate by itself; `hold`: it waits with users who failed validation. */
export type GateStage = 'create' | 'migrate' | 'unasked' | 'hold';

/** `ask`: approval is needed and nobody has been asked yet; `timedOut`: nobody has answered in time. */
export type Gate =
  | { readonly kind: 'go' }
  | { readonly kind: 'ask' }
  | { readonly kind: 'timedOut' }
  | { readonly kind: 'wait'; readonly untilMs: number | null }
  | { readonly kind: 'stop'; readonly reason: string };

/**
 * Whether a batch may take its next step: not after a cancel, not while the migration is paused, and not to the cutover
 * before somebody has approved where approval is asked for. No answer in time means no. A batch that is held never goes on by
 * itself: a command takes it out, or its time is over.
 */
export function gateOf(
  { stage, batchId, round, approvalHours, heldUntilMs, nowMs }: { readonly stage: GateStage; readonly batchId: string; /** The command that the batch's run comes from. */ readonly round: string | null; readonly approvalHours: number | null; readonly heldUntilMs: number; readonly nowMs: number },
  book: CommandBook,
): Gate {
  if (isCancelAsked(batchId, book, round)) return { kind: 'stop', reason: 'cancelled on request' };
  if (book.decision?.verdict === 'rejected') return { kind: 'stop', reason: 'the cutover was rejected' };
  if (book.decision?.verdict === 'timedOut') return { kind: 'stop', reason: 'nobody approved the cutover in time' };
  if (stage === 'hold') return nowMs >= heldUntilMs ? { kind: 'stop', reason: 'nobody answered in time about the users who failed validation' } : { kind: 'wait', untilMs: heldUntilMs };
  if (stage === 'unasked') {
    return approvalHours === null || book.decision !== undefined ? { kind: 'go' } : { kind: 'stop', reason: 'the job began to migrate by itself, before anybody had approved' };
  }
  if (isPaused(book)) return { kind: 'wait', untilMs: null };
  if (stage === 'create' || approvalHours === null || book.decision !== undefined) return { kind: 'go' };
  if (book.approvalRequestedAt === undefined) return { kind: 'ask' };
  const untilMs = Date.parse(book.approvalRequestedAt) + approvalHours * 3_600_000;
  return nowMs >= untilMs ? { kind: 'timedOut' } : { kind: 'wait', untilMs };
}
