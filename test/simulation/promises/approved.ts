import type { Call } from '../ledger.ts';
import type { Evidence, StoredMigration } from './evidence.ts';

/**
 * What is wrong with the approval of tasks that a call begins to move; nothing where the request asks for none. Each of them must be covered by a request
 * that somebody else than the requester had approved before the call, and after `sinceSeq`.
 */
export function* unapproved(
  { ledger }: Evidence,
  { migration }: StoredMigration,
  taskIds: readonly string[],
  call: Call,
  sinceSeq: number,
  name: string,
): Generator<string> {
  const request = ledger.replies.find(({ migrationId }) => migrationId === migration.id)?.request;
  if (typeof request !== 'object' || request === null || !('approval' in request)) return;
  const requester = 'requestedBy' in request ? String(request.requestedBy).toLowerCase() : '';
  const adders = ledger.commands.flatMap(({ command }) =>
    command.migrationId === migration.id && command.kind === 'addTasks'
      ? [String(command.by).toLowerCase()]
      : [],
  );
  const approved = ledger.decisions.filter(
    ({ seq, decision: { migrationId, verdict, by } }) =>
      seq < call.seq &&
      seq > sinceSeq &&
      migrationId === migration.id &&
      verdict === 'approved' &&
      by !== null &&
      by.toLowerCase() !== requester,
  );
  if (approved.length === 0) {
    yield `${name} began to move without an approval by somebody else than the requester${sinceSeq > 0 ? ' since it was validated anew' : ''}`;
    return;
  }
  const covered = new Set(
    approved.flatMap(
      ({ decision: { number } }) => ledger.coveredBy.get(`${migration.id} ${String(number)}`) ?? [],
    ),
  );
  const left = taskIds.filter((taskId) => !covered.has(taskId));
  if (left.length > 0)
    yield `${name} began to move ${left.map((id) => id.slice(-2)).join()}, whom no approval covers`;
  const own = approved.find(
    ({ seq, decision: { by } }) =>
      adders.includes(String(by).toLowerCase()) &&
      ledger.commands.some(
        (one) =>
          one.seq < seq &&
          one.command.kind === 'addTasks' &&
          one.command.migrationId === migration.id &&
          String(one.command.by).toLowerCase() === String(by).toLowerCase(),
      ),
  );
  if (own !== undefined)
    yield `${name} was approved by ${String(own.decision.by)}, who had added users to it`;
}
