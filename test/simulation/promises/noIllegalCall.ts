import { accepts, type JobAction } from '../../../shared/domain/lifecycle.ts';
import type { Call } from '../ledger.ts';
import type { Promised } from './evidence.ts';

const actions: Readonly<Record<string, JobAction>> = { validateJob: 'validate', migrateJob: 'migrate', cancelJob: 'cancel', deleteJob: 'delete' };
const editable: readonly string[] = ['submitted', 'approved', 'validateSubmitted', 'validateProcessing', 'validateInProgress', 'validatePassed', 'validateFailed', 'processing', 'inProgress', 'adminActionRequired'];

/**
 * No call that the lifecycle forbids. A 409 is excused only where the app could not know: the status that it was shown last
 * allowed the call when it was sent. What depends on Graph's own clock (a pass older than seven days, a cutover date that has
 * come) shows in no status and is excused as well.
 */
export const noIllegalCall: Promised = function* ({ ledger }) {
  const shown = new Map<string, { readonly heardSeq: number; readonly status: string }[]>();
  for (const call of ledger.calls) {
    const id = call.jobId ?? sharePointTaskId(call);
    if (id === null) continue;
    if (call.shown !== null && call.heardSeq !== null) shown.set(id, [...(shown.get(id) ?? []), { heardSeq: call.heardSeq, status: lowered(call.shown) }]);
    if (call.answered !== 409) continue;
    const heard = (shown.get(id) ?? []).filter(({ heardSeq }) => heardSeq < call.sentSeq);
    // An answer that drips is heard after a later one.
    const known = heard.toSorted((a, b) => a.heardSeq - b.heardSeq).at(-1)?.status;
    if (known === undefined || !allows(call, known)) {
      yield `${call.operation} of ${id.slice(0, 8)} was sent although the app had last seen it as ${known ?? 'nothing at all'} (it was ${String(call.statusBefore)})`;
    }
  }
};

function allows({ operation }: Call, status: string): boolean {
  if (operation === 'cancelSharePointTask') return status === 'notStarted';
  const action = actions[operation];
  if (action === undefined) return editable.includes(status);
  return accepts(status, action) || (action === 'validate' && accepts(status, 'renew'));
}

function sharePointTaskId({ operation, request }: Call): string | null {
  return operation === 'getSharePointTask' || operation === 'cancelSharePointTask' ? (/crossOrganizationMigrationTasks\/([^/ ]+)/.exec(request)?.[1] ?? null) : null;
}

/** The first preview wrote `Submitted` and `Canceled`. */
function lowered(status: string): string {
  return status === 'Canceled' ? 'cancelled' : `${status.charAt(0).toLowerCase()}${status.slice(1)}`;
}
