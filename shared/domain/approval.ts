import type { Approval, Command, CommandBook, Decision } from '../contracts/command.ts';
import type { Batch, Migration } from '../contracts/migration.ts';

/** The verdict of people on the run that a batch is in: what was decided before the retry that the run comes from is over. */
export function hasVerdict(
  verdict: Decision['verdict'],
  { approvals, commands }: CommandBook,
  round: string | null,
): boolean {
  const retriedAt = retryOf(commands, round)?.acceptedAt ?? '';
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
  { run, round, attempt, firstAttempt, approveAfter }: Batch,
  { approvals, commands }: CommandBook,
): Approval[] {
  // A retry in the same job validates nobody anew.
  const isValidatedAnew = run > 1 && (kind === 'sharePoint' || attempt >= (firstAttempt ?? 1));
  const retriedAt = isValidatedAnew ? (retryOf(commands, round)?.acceptedAt ?? '') : '';
  const afterAt = [retriedAt, approveAfter ?? ''].reduce((a, b) => (a > b ? a : b));
  return approvals
    .filter(({ decision }) => decision?.verdict === 'approved' && decision.decidedAt > afterAt)
    .reverse();
}

/** The request for approval that waits for its decision; undefined when none does. */
export function openApproval({ approvals }: Pick<CommandBook, 'approvals'>): Approval | undefined {
  const last = approvals.at(-1);
  return last?.decision === undefined ? last : undefined;
}

/** What was decided on the request for approval that a command is about; undefined while nothing is. */
export function decisionFor(
  { approvalId }: Pick<Command, 'approvalId'>,
  { approvals }: Pick<CommandBook, 'approvals'>,
): Decision | undefined {
  return approvals.find((approval) => approval.approvalId === approvalId)?.decision;
}

/** Until when a request for approval waits for its decision, epoch milliseconds. */
export function approvalDeadlineMs(requestedAt: string, approvalHours: number): number {
  return Date.parse(requestedAt) + approvalHours * 3_600_000;
}

function retryOf(commands: readonly Command[], round: string | null): Command | undefined {
  return commands.find(({ commandId, kind }) => commandId === round && kind === 'retry');
}
