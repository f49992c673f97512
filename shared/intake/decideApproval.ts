import type { Approval, Command, CommandLog } from '../contracts/command.ts';
import type { Migration } from '../contracts/migration.ts';
import { openApproval } from '../domain/checkpoint.ts';
import { type Asker, isSamePerson } from '../domain/samePerson.ts';
import {
  type CommandAcceptance,
  type CommandServices,
  immediateResult,
  saveAndFinish,
} from './saveCommand.ts';

/**
 * Decides on the request for approval that is open. What is approved is whom that request covers, whatever is asked or added at the same moment: the set is
 * on record before anybody can decide.
 */
export async function decideApproval(
  migration: Migration,
  asked: Command,
  asker: Asker,
  commandLog: CommandLog,
  services: CommandServices,
): Promise<CommandAcceptance> {
  if (migration.approvalHours === null)
    return {
      kind: 'conflict',
      code: 'approvalNotRequired',
      detail: 'the request asks for no approval',
    };
  const refusal =
    asked.kind === 'approve' ? refusedApprover(migration, asker, commandLog) : undefined;
  if (refusal !== undefined) return refusal;
  const found = approvalToDecide(asked, commandLog);
  if (found.kind === 'conflict') return found;
  const { number, approvalId } = found.approval;
  const command: Command = { ...asked, approvalId };
  const { migrationId, by, byId, reason, acceptedAt: decidedAt } = command;
  const verdict = command.kind === 'approve' ? 'approved' : 'rejected';
  const held = await services.stores.commands.decide({
    migrationId,
    number,
    verdict,
    by,
    byId,
    reason,
    decidedAt,
  });
  return saveAndFinish(command, services, immediateResult(command, held));
}

/** Why somebody cannot approve a migration: they have asked for it, or for users in it, or it is not known who they are or who the requester is. */
function refusedApprover(
  { requestedBy, requestedById, requestedByKind, claimedBy }: Migration,
  asker: Asker,
  { commands }: CommandLog,
): CommandAcceptance | undefined {
  if (asker.byId === null && requestedByKind !== 'named') {
    return {
      kind: 'forbidden',
      code: 'approverNotAuthenticated',
      detail:
        'the requester was signed in, or is only claimed by a queue message: somebody who is signed in must approve (AUTHENTICATION=entra)',
    };
  }
  const isRequester = [
    { by: requestedBy, byId: requestedById },
    { by: claimedBy, byId: null },
  ].some((person) => isSamePerson(person, asker));
  if (isRequester)
    return {
      kind: 'forbidden',
      code: 'requesterCannotApprove',
      detail:
        'the requester cannot approve, under whatever spelling of the name: somebody else must',
    };
  if (commands.some((command) => command.kind === 'addTasks' && isSamePerson(command, asker))) {
    return {
      kind: 'forbidden',
      code: 'requesterCannotApprove',
      detail: 'whoever has added users to the migration cannot approve it: somebody else must',
    };
  }
  return undefined;
}

/**
 * The request for approval that a decision is for: the one that it names, else the open one, else the last one, which says that it comes too late. An
 * approval has to name it where its sender may have read of another set of users: after an addition, and from the second request on.
 */
function approvalToDecide(
  { kind, approvalId }: Command,
  commandLog: CommandLog,
):
  | Extract<CommandAcceptance, { kind: 'conflict' }>
  | { readonly kind: 'found'; readonly approval: Approval } {
  const { approvals, commands } = commandLog;
  const open = openApproval(commandLog);
  const last = approvals.at(-1);
  if (last === undefined)
    return {
      kind: 'conflict',
      code: 'approvalNotRequested',
      detail:
        'no batch stands before its cutover yet: wait for the event tenant-ferry.approval.requested, or for approvals in GET /migrations/{id}; to stop the migration, cancel it',
    };
  if (approvalId !== null) {
    const named = approvals.find((approval) => approval.approvalId === approvalId);
    return named === undefined
      ? {
          kind: 'conflict',
          code: 'approvalChanged',
          detail: `there is no request for approval ${approvalId}; the last one is ${last.approvalId}`,
        }
      : { kind: 'found', approval: named };
  }
  const hasChanged =
    approvals.length > 1 || commands.some((command) => command.kind === 'addTasks');
  if (kind === 'approve' && open !== undefined && hasChanged) {
    return {
      kind: 'conflict',
      code: 'approvalNotNamed',
      detail: `the users have changed, or approval was requested before: look at whom request ${open.approvalId} covers, and send it as approvalId`,
    };
  }
  return { kind: 'found', approval: open ?? last };
}
