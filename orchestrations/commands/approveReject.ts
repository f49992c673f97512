import { z } from 'zod';
import {
  type Approval,
  type Command,
  commandBodySchema,
  type CommandLog,
} from '../../shared/contracts/command.ts';
import type { Migration } from '../../shared/contracts/migration.ts';
import { openApproval } from '../../shared/domain/commands.ts';
import { type Caller, isSamePerson } from '../../shared/domain/samePerson.ts';
import type {
  CommandDefinition,
  CommandRefusal,
  CommandServices,
  CommandToSave,
  NewCommand,
} from './commandDefinition.ts';

const decisionBodySchema = z
  .strictObject({
    ...commandBodySchema.shape,
    approvalId: z.string().min(1).max(100).optional().meta({
      description:
        'the id of the approval request, from `approvals` of the migration; required to approve after users were added and from the second approval request on',
    }),
  })
  .meta({
    id: 'DecisionBody',
    description:
      'The decision: who decides (required with function keys, ignored with Entra), for which approval request, and why.',
  });

/** Approves the cutover of the tasks that an approval request covers. */
export const approve = decision('approved', {
  name: 'approveMigration',
  path: 'approve',
  summary: 'Approve the cutover',
  problems: [
    'requesterCannotApprove',
    'approverNotAuthenticated',
    'approvalNotRequired',
    'approvalNotRequested',
    'approvalNotNamed',
    'approvalChanged',
  ],
});

/** Rejects the cutover. */
export const reject = decision('rejected', {
  name: 'rejectMigration',
  path: 'reject',
  summary: 'Reject the cutover',
  problems: ['approvalNotRequired', 'approvalNotRequested', 'approvalChanged'],
});

function decision(
  verdict: 'approved' | 'rejected',
  route: CommandDefinition['route'],
): CommandDefinition {
  return {
    route,
    // Submitters may not decide: another person does.
    role: 'Migrations.Approve',
    appliesTo: ['users', 'sharePoint'],
    needsName: () => true,
    body: decisionBodySchema,
    wakesEveryBatch: true,
    accept: (asked, services) => decide(verdict, asked, services),
    immediateResult({ by, byId }, held) {
      if (held === undefined) return undefined;
      if (held.verdict === verdict && held.byId === byId && (byId !== null || held.by === by))
        return { verdict: 'applied', detail: verdict };
      return {
        verdict: 'tooLate',
        detail:
          held.verdict === 'timedOut'
            ? 'nobody decided in time'
            : `the cutover was already ${held.verdict}`,
      };
    },
  };
}

/**
 * Decides on an approval request of a migration. The decision covers exactly the tasks of that
 * request: the list of tasks is stored before anyone can decide.
 */
async function decide(
  verdict: 'approved' | 'rejected',
  { migration, command: asked, request, commandLog }: NewCommand,
  { stores }: CommandServices,
): Promise<CommandToSave | CommandRefusal> {
  if (migration.approvalHours === null)
    return {
      kind: 'conflict',
      code: 'approvalNotRequired',
      detail: 'the migration does not require approval',
    };
  const asker = {
    byId: asked.byId,
    names: request.names ?? (asked.by === null ? [] : [asked.by]),
  };
  const refusal =
    verdict === 'approved' ? refusedApprover(migration, asker, commandLog) : undefined;
  if (refusal !== undefined) return refusal;
  const found = approvalToDecide(verdict, asked, commandLog);
  if (found.kind === 'conflict') return found;
  const { number, approvalId } = found.approval;
  const command = { ...asked, approvalId, targets: [] };
  const { migrationId, by, byId, reason, acceptedAt: decidedAt } = command;
  return {
    kind: 'save',
    command,
    decision: await stores.commands.decide({
      migrationId,
      number,
      verdict,
      by,
      byId,
      reason,
      decidedAt,
    }),
  };
}

/**
 * Returns the refusal if the caller cannot approve: the caller requested the migration or added
 * users to it, or the caller or the requester is not authenticated.
 */
function refusedApprover(
  { requestedBy, requestedById, requestedByKind, claimedBy }: Migration,
  asker: Caller,
  { commands }: CommandLog,
): CommandRefusal | undefined {
  if (asker.byId === null && requestedByKind !== 'named') {
    return {
      kind: 'forbidden',
      code: 'approverNotAuthenticated',
      detail:
        'an authenticated user must approve this migration, because its requester was signed in or was named by a queue message; set AUTHENTICATION=entra and sign in',
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
        'the requester cannot approve the migration, and spellings of a name that differ only slightly count as the same name; ask another person to approve',
    };
  if (commands.some((command) => command.kind === 'addTasks' && isSamePerson(command, asker))) {
    return {
      kind: 'forbidden',
      code: 'requesterCannotApprove',
      detail:
        'a person who added users to the migration cannot approve it; ask another person to approve',
    };
  }
  return undefined;
}

/**
 * Returns the approval request that a decision applies to: the one that it names, otherwise the
 * open one, otherwise the last one (whose decision then reports `tooLate`). An approval must name
 * its request if its sender may have seen another set of users: after users were added, and from
 * the second approval request on.
 */
function approvalToDecide(
  verdict: 'approved' | 'rejected',
  { approvalId }: Pick<Command, 'approvalId'>,
  commandLog: CommandLog,
):
  | Extract<CommandRefusal, { kind: 'conflict' }>
  | { readonly kind: 'found'; readonly approval: Approval } {
  const { approvals, commands } = commandLog;
  const open = openApproval(commandLog);
  const last = approvals.at(-1);
  if (last === undefined)
    return {
      kind: 'conflict',
      code: 'approvalNotRequested',
      detail:
        'approval has not been requested yet, because no batch has reached its cutover; wait for the event tenant-ferry.approval.requested or for an entry in approvals of GET /migrations/{id}; to stop the migration, cancel it',
    };
  if (approvalId !== null) {
    const named = approvals.find((approval) => approval.approvalId === approvalId);
    return named === undefined
      ? {
          kind: 'conflict',
          code: 'approvalChanged',
          detail: `there is no approval request ${approvalId}; the latest one is ${last.approvalId}`,
        }
      : { kind: 'found', approval: named };
  }
  const hasChanged =
    approvals.length > 1 || commands.some((command) => command.kind === 'addTasks');
  if (verdict === 'approved' && open !== undefined && hasChanged) {
    return {
      kind: 'conflict',
      code: 'approvalNotNamed',
      detail: `users were added, or approval was requested more than once; check which tasks the approval request ${open.approvalId} covers, and send its id as approvalId`,
    };
  }
  return { kind: 'found', approval: open ?? last };
}
