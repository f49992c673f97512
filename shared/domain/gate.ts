import type { CommandBook } from '../contracts/command.ts';
import { isCancelAsked, isPaused } from './answeredCommands.ts';

/** Before which step a batch stands. */
export type GateStage = 'create' | 'migrate';

/** `ask`: approval is needed and nobody has been asked yet; `timedOut`: nobody has answered in time. */
export type Gate =
  | { readonly kind: 'go' }
  | { readonly kind: 'ask' }
  | { readonly kind: 'timedOut' }
  | { readonly kind: 'wait'; readonly untilMs: number | null }
  | { readonly kind: 'stop'; readonly reason: string };

/**
 * Whether a batch may take its next step: not after a cancel, not while the migration is paused, and not to the cutover
 * before somebody has approved where approval is asked for. No answer in time means no.
 */
export function gateOf(
  { stage, batchId, approvalHours, nowMs }: { readonly stage: GateStage; readonly batchId: string; readonly approvalHours: number | null; readonly nowMs: number },
  book: CommandBook,
): Gate {
  if (isCancelAsked(batchId, book)) return { kind: 'stop', reason: 'cancelled on request' };
  if (book.decision?.verdict === 'rejected') return { kind: 'stop', reason: 'the cutover was rejected' };
  if (book.decision?.verdict === 'timedOut') return { kind: 'stop', reason: 'nobody approved the cutover in time' };
  if (isPaused(book)) return { kind: 'wait', untilMs: null };
  if (stage === 'create' || approvalHours === null || book.decision !== undefined) return { kind: 'go' };
  if (book.approvalRequestedAt === undefined) return { kind: 'ask' };
  const untilMs = Date.parse(book.approvalRequestedAt) + approvalHours * 3_600_000;
  return nowMs >= untilMs ? { kind: 'timedOut' } : { kind: 'wait', untilMs };
}
