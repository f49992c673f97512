import type { Command, Decision } from '../contracts/command.ts';
import type { AtOnce } from './answerLeft.ts';

/** What a command that takes effect as a row is answered with; undefined for one that batches answer. */
export function immediateAnswer(
  { kind, by, byId }: Pick<Command, 'kind' | 'by' | 'byId'>,
  decision: Decision | undefined,
): AtOnce | undefined {
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
