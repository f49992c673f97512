import { accepts, type JobAction } from '../../../shared/domain/lifecycle.ts';
import type { Call } from '../ledger.ts';
import type { Promised } from './evidence.ts';

const actions: Readonly<Record<string, JobAction>> = { validateJob: 'validate', migrateJob: 'migrate', cancelJob: 'cancel', deleteJob: 'delete' };
const editable: readonly string[] = ['submitted', 'approved', 'validateSubmitted', 'validateProcessing', 'validateInProgress', 'validatePassed', 'validateFailed', 'processing', 'inProgress', 'adminActionRequired'];

/**
 * No call that the lifecycle forbids. A 409 is excused only where the app could not know: the status that it was shown last
 * for this job, when it sent the call, allowed it: a call may come in late, after its host has died and another one has gone on. What depends on Graph's own clock (a pass older than seven days, a cutover date that has
 * come) shows in no status and is excused as well.
 */
export const noIllegalCall: Promised = function* ({ ledger }) {
  const shown = new Map<string, { readonly seq: number; readonly status: string }[]>();
  for (const call of ledger.calls) {
    const { jobId, operation, answered } = call;
    if (jobId === null) continue;
    if (call.shown !== null) shown.set(jobId, [...(shown.get(jobId) ?? []), { seq: call.seq, status: lowered(call.shown) }]);
    if (answered !== 409) continue;
    const known = shown.get(jobId)?.findLast(({ seq }) => seq < call.sentSeq)?.status;
    if (known === undefined || !allows(call, known)) {
      yield `${operation} of job ${jobId.slice(0, 8)} was sent although the app had last seen it as ${known ?? 'nothing at all'} (it was ${String(call.statusBefore)})`;
    }
  }
};

function allows({ operation }: Call, status: string): boolean {
  const action = actions[operation];
  if (action === undefined) return editable.includes(status);
  return accepts(status, action) || (action === 'validate' && accepts(status, 'renew'));
}

/** The first preview wrote `Submitted` and `Canceled`. */
function lowered(status: string): string {
  return status === 'Canceled' ? 'cancelled' : `${status.charAt(0).toLowerCase()}${status.slice(1)}`;
}
