import type { FaultKind } from '../../../local/graph-emulator/index.ts';
import { accepts, isJobStatus, type JobAction } from '../../../shared/domain/lifecycle.ts';
import { isSharePointStatus } from '../../../shared/domain/sharePoint.ts';
import type { Call } from '../ledger.ts';
import type { Promised } from './evidence.ts';

const actions: Readonly<Record<string, JobAction>> = {
  validateJob: 'validate',
  migrateJob: 'migrate',
  cancelJob: 'cancel',
  deleteJob: 'delete',
};
const unreadable: readonly FaultKind[] = [
  'truncatedBody',
  'truncatedJson',
  'htmlBody',
  'unreadableBody',
];
const byCommand: readonly string[] = [
  'cancelJob',
  'updateJob',
  'createTask',
  'cancelTask',
  'updateTask',
];
const editable: readonly string[] = [
  'submitted',
  'approved',
  'validateSubmitted',
  'validateProcessing',
  'validateInProgress',
  'validatePassed',
  'validateFailed',
  'processing',
  'inProgress',
  'adminActionRequired',
];

/**
 * No call that the lifecycle forbids. A 409 is excused only where the app could not know: the status that it was shown last, or
 * the instance that sent the call, allowed the call when it was sent. What depends on Graph's own clock (a pass older than seven days, a cutover date that has
 * come) shows in no status and is excused as well.
 */
export const noIllegalCall: Promised = function* ({ ledger }) {
  const shown = new Map<
    string,
    { readonly heardSeq: number; readonly life: number; readonly status: string }[]
  >();
  for (const call of ledger.calls) {
    const id = call.jobId ?? sharePointTaskId(call);
    if (id === null) continue;
    if (call.shown !== null && call.heardSeq !== null && !isUnreadable(call))
      shown.set(id, [
        ...(shown.get(id) ?? []),
        { heardSeq: call.heardSeq, life: call.life, status: lowered(call.shown) },
      ]);
    // What an instance had in hand when it stood still is sent when it goes on: nobody can call that back.
    if (call.answered !== 409 || call.isLate) continue;
    const heard = (shown.get(id) ?? []).filter(({ heardSeq }) => heardSeq < call.sentSeq);
    // An answer that drips is heard after a later one.
    const inOrder = heard.toSorted((a, b) => a.heardSeq - b.heardSeq);
    const known = inOrder.at(-1)?.status;
    const own = inOrder.findLast(({ life }) => life === call.life)?.status;
    if (isHidden(ledger.calls, call, known)) continue;
    if (![known, own].some((status) => status !== undefined && allows(call, status))) {
      yield `${call.operation} of ${id.slice(0, 8)} was sent although the app had last seen it as ${known ?? 'nothing at all'} (it was ${String(call.statusBefore)})`;
    }
  }
};

/** The app cannot have read what the answer says. */
function isUnreadable({ fault }: Call): boolean {
  return fault !== null && unreadable.includes(fault);
}

function allows({ operation }: Call, status: string): boolean {
  // A task that shows a status that nobody has published may not have started: somebody has asked for the cancel, and it is tried.
  if (operation === 'cancelSharePointTask')
    return status === 'notStarted' || !isSharePointStatus(status);
  // The same holds for a job whose status nobody has published.
  if (byCommand.includes(operation) && !isJobStatus(status)) return true;
  const action = actions[operation];
  if (action === undefined) return editable.includes(status);
  return accepts(status, action) || (action === 'validate' && accepts(status, 'renew'));
}

/** What Graph has never shown is asked for all the same when somebody wants to stop it. */
function isHidden(
  calls: readonly Call[],
  { seq, jobId, ...asked }: Call,
  known: string | undefined,
): boolean {
  const id = jobId ?? sharePointTaskId(asked);
  const isRead = (call: Call): boolean =>
    (call.operation === 'getJob' && call.jobId === id) ||
    (call.operation === 'getSharePointTask' && sharePointTaskId(call) === id);
  const last = calls.findLast((call) => call.seq < seq && isRead(call));
  // Two may carry out the same command at once: what one of them was shown meanwhile, the other one has not heard.
  const own = calls.findLast(
    (call) =>
      call.seq < seq &&
      isRead(call) &&
      call.activity === asked.activity &&
      call.instanceId === asked.instanceId &&
      call.life === asked.life,
  );
  if (asked.operation === 'cancelSharePointTask' && own?.shown === null) return true;
  if (known !== undefined) return false;
  // A read may not even be sent: Graph has asked the instance to wait with what it asks of that tenant, and commands are tried all the same.
  if (last === undefined)
    return (
      byCommand.includes(asked.operation) &&
      calls.some(
        (call) => call.seq < seq && call.tenant === asked.tenant && call.notBeforeMs !== null,
      )
    );
  return last.shown === null || isUnreadable(last);
}

function sharePointTaskId({
  operation,
  request,
}: Pick<Call, 'operation' | 'request'>): string | null {
  return operation === 'getSharePointTask' || operation === 'cancelSharePointTask'
    ? (/crossOrganizationMigrationTasks\/([^/ ]+)/.exec(request)?.[1] ?? null)
    : null;
}

/** The first preview wrote `Submitted` and `Canceled`. */
function lowered(status: string): string {
  return status === 'Canceled'
    ? 'cancelled'
    : `${status.charAt(0).toLowerCase()}${status.slice(1)}`;
}
