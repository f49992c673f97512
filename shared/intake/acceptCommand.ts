import type {
  CommandWithResults,
  Approval,
  Command,
  CommandLog,
  CommandKind,
  TaskUpdate,
} from '../contracts/command.ts';
import type { Batch, Migration } from '../contracts/migration.ts';
import type { ProblemCode, ProblemField } from '../contracts/problem.ts';
import type { RequestedUser, UsersRequest } from '../contracts/request.ts';
import { batchIdAt } from '../domain/batches.ts';
import { decisionFor, openApproval } from '../domain/checkpoint.ts';
import { isPaused, startsRun, isSharePointCommand } from '../domain/commands.ts';
import { isFinalPhase } from '../domain/outcomes.ts';
import { type Caller, isSamePerson } from '../domain/samePerson.ts';
import { contentHash } from '../storage/encoding.ts';
import type { Stores } from '../storage/stores.ts';
import { findPlanned, findTask, knownUsers } from './commandTargets.ts';
import { findAddedConflicts } from './conflicts.ts';
import {
  commandWithResults,
  requestEarlyPoll,
  type AtOnce,
  commandIdOf,
  immediateResult,
  saveCommand,
} from './saveCommand.ts';

/** Whether what is asked is what a command on record has asked for. */
export async function isRepetition(
  { migrationId, commandId, ...stored }: Command,
  asked: Asked,
  stores: Stores,
): Promise<boolean> {
  // What a signed-in asker is called may have changed since.
  const of = ({
    kind,
    by,
    byId = null,
    reason,
    completeAfterDateTime,
    taskId,
    continueWithout,
    update,
  }: Omit<Asked, 'users' | 'onConflict' | 'approvalId'>): string =>
    contentHash(kind, byId ?? by, reason, completeAfterDateTime, taskId, continueWithout, update);
  if (of(stored) !== of(asked)) return false;
  // The row has the request that was decided on also where the asker has not named it.
  if (
    asked.approvalId !== undefined &&
    asked.approvalId !== null &&
    asked.approvalId !== stored.approvalId
  )
    return false;
  return (
    stored.kind !== 'addTasks' ||
    contentHash(await stores.requests.loadAdded(migrationId, commandId)) ===
      contentHash(asked.users)
  );
}

/** What is asked, by whom, and why. */
export interface Asked {
  readonly kind: CommandKind;
  /** What the asker is called; `byId`: who they are, and `names`: everything that they are called, where they are signed in. */
  readonly by: string | null;
  readonly byId?: string | null;
  readonly names?: readonly string[];
  /** Of approve and reject: the request for approval that is decided on. */
  readonly approvalId?: string | null;
  readonly reason: string | null;
  readonly completeAfterDateTime: string | null;
  readonly taskId: string | null;
  readonly continueWithout: boolean | null;
  readonly update: TaskUpdate | null;
  /** Of addTasks. */
  readonly users: readonly RequestedUser[];
  /** Of addTasks: whether users who are in another migration, or were moved by one, are a reason to refuse. */
  readonly onConflict?: UsersRequest['onConflict'];
}

export interface CommandServices {
  readonly stores: Stores;
  readonly nowMs: () => number;
  /** Whether the tenant's API offers writes to user tasks, by configuration. */
  readonly userTaskWrites: boolean;
  /** Wakes a waiting orchestration; losing the call only costs time. */
  readonly wakeUp: (instanceId: string) => Promise<void>;
  /** Starts the orchestration of what a command adds to a migration; does nothing when it has been started before. */
  readonly startRun: (migrationId: string, commandId: string) => Promise<void>;
}

export type CommandAcceptance =
  | { readonly kind: 'accepted'; readonly command: CommandWithResults }
  /** It cannot take effect any more, or it asks for what nobody waits for (409). */
  | {
      readonly kind: 'conflict';
      readonly code: ProblemCode;
      readonly detail: string;
      readonly errors?: readonly ProblemField[];
    }
  /** The asker may not do this (403). */
  | {
      readonly kind: 'forbidden';
      readonly code: 'requesterCannotApprove' | 'approverNotAuthenticated';
      readonly detail: string;
    }
  | { readonly kind: 'notFound'; readonly detail: string };

/** What can be asked of a migration that has ended; `resume`, because a retry would wait for it. */
const afterTheEnd: readonly CommandKind[] = ['retry', 'deleteJobs', 'resume'];

/**
 * Takes a command: a row first, then the bell. What became of it is told by the batches that it addresses, each by a row of
 * its own; approve, reject, pause and resume take effect as rows and are answered at once; retry and addTasks start a round.
 * @param key the caller's idempotency key: the same key and command again is the same command, another one a conflict
 */
export async function acceptCommand(
  migration: Migration,
  asked: Asked,
  key: string | undefined,
  services: CommandServices,
): Promise<CommandAcceptance> {
  const { stores, nowMs } = services;
  const {
    users,
    onConflict = 'refuse',
    names: ownNames,
    byId = null,
    approvalId = null,
    ...said
  } = asked;
  const names = ownNames ?? (asked.by === null ? [] : [asked.by]);
  const commandLog = await stores.commands.readLog(migration.id);
  const { commands } = commandLog;
  // After the last one, also within a millisecond: the order of rows is the order in which people were told yes.
  const lastMs = Math.max(0, ...commands.map(({ acceptedAt }) => Date.parse(acceptedAt)));
  const now = new Date(Math.max(nowMs(), lastMs + 1)).toISOString();
  const base = {
    ...said,
    byId,
    approvalId,
    migrationId: migration.id,
    commandId: commandIdOf(migration.id, asked.kind, key, nowMs()),
    acceptedAt: now,
  };
  const repeated =
    key === undefined ? undefined : commands.find(({ commandId }) => commandId === base.commandId);
  if (repeated !== undefined) {
    if (!(await isRepetition(repeated, asked, stores)))
      return {
        kind: 'conflict',
        code: 'conflict',
        detail: 'this Idempotency-Key stands for another command already; choose another one',
      };
    return repeatedResult(repeated, commandLog, services);
  }
  if (migration.kind === 'sharePoint' && !isSharePointCommand(asked.kind)) {
    return {
      kind: 'conflict',
      code: 'notForSharePoint',
      detail: `${asked.kind} has no meaning for the tasks of a SharePoint migration; send what is to be added in a request of its own`,
    };
  }
  if (
    isFinalPhase(migration.phase) &&
    !afterTheEnd.includes(asked.kind) &&
    (await hasEnded(stores, migration.id))
  ) {
    return {
      kind: 'conflict',
      code: 'tooLate',
      detail: `the migration has ended as ${migration.phase}`,
    };
  }

  switch (asked.kind) {
    case 'approve':
    case 'reject':
      return decide(migration, { ...base, targets: [] }, { byId, names }, commandLog, services);
    case 'pause':
    case 'resume':
      return stored({ ...base, targets: [] }, services, immediateResult(base, undefined));
    case 'cancelTask':
    case 'updateTask':
      return addressTask(migration, base, services);
    case 'retry':
      return retry(migration, base, services);
    case 'deleteJobs':
      return deleteJobs(migration, base, services);
    case 'addTasks':
      return add(migration, base, { users, onConflict }, commandLog, services);
    case 'revalidate': {
      const targets = (await stores.batches.list(migration.id))
        .filter(({ phase }) => phase === 'held')
        .map(({ batchId }) => batchId);
      if (targets.length === 0)
        return {
          kind: 'conflict',
          code: 'nothingHeld',
          detail: 'no batch of the migration waits with users who failed validation',
        };
      return stored({ ...base, targets }, services);
    }
    case 'reschedule':
      if (asked.completeAfterDateTime !== null) {
        await stores.migrations.update(migration.id, {
          completeAfterDateTime: asked.completeAfterDateTime,
          updatedAt: now,
        });
      }
      return stored({ ...base, targets: await unfinishedBatches(stores, migration) }, services);
    case 'cancel':
      return stored({ ...base, targets: await unfinishedBatches(stores, migration) }, services);
  }
}

/** A retry opens a batch a moment before the migration shows it: as long as a batch runs, something can be asked of it. */
async function hasEnded(stores: Stores, migrationId: string): Promise<boolean> {
  return (await stores.batches.list(migrationId)).every(({ finishedAt }) => finishedAt !== null);
}

/**
 * Decides on the request for approval that is open. What is approved is whom that request covers, whatever is asked or added at the same moment: the set is
 * on record before anybody can decide.
 */
async function decide(
  migration: Migration,
  asked: Command,
  asker: Caller,
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
  return stored(command, services, immediateResult(command, held));
}

/** Why somebody cannot approve a migration: they have asked for it, or for users in it, or it is not known who they are or who the requester is. */
function refusedApprover(
  { requestedBy, requestedById, requestedByKind, claimedBy }: Migration,
  asker: Caller,
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

/** A command that is on record already: what a crash has left undone of it is done now. */
async function repeatedResult(
  command: Command,
  commandLog: CommandLog,
  services: CommandServices,
): Promise<CommandAcceptance> {
  if (startsRun(command.kind)) return finished(command, services);
  return stored(command, services, immediateResult(command, decisionFor(command, commandLog)));
}

async function addressTask(
  migration: Migration,
  base: Omit<Command, 'targets'>,
  services: CommandServices,
): Promise<CommandAcceptance> {
  if (base.kind === 'updateTask' && !services.userTaskWrites) {
    return {
      kind: 'conflict',
      code: 'userTaskWritesOff',
      detail:
        'writes to user tasks are switched off: set USER_TASK_WRITES where the API of the tenant offers them',
    };
  }
  const task =
    (await findTask(services.stores, migration.id, base.taskId ?? '')) ??
    (await findPlanned(services.stores, migration, base.taskId ?? ''));
  if (task === undefined) return { kind: 'notFound', detail: 'the migration has no such user' };
  if (
    task.outcome !== null &&
    !(task.outcome === 'unknown' && (await isUnderWay(services.stores, migration.id, task.batchId)))
  ) {
    return {
      kind: 'conflict',
      code: 'tooLate',
      detail: `the user has the outcome ${task.outcome}`,
    };
  }
  return stored({ ...base, targets: [task.batchId] }, services);
}

/** What became of the user is not known yet, and the job may still move them. */
async function isUnderWay(stores: Stores, migrationId: string, batchId: string): Promise<boolean> {
  return (await stores.batches.get(migrationId, batchId))?.finishedAt === null;
}

async function retry(
  migration: Migration,
  base: Omit<Command, 'targets'>,
  services: CommandServices,
): Promise<CommandAcceptance> {
  const { stores } = services;
  const batches = await stores.batches.list(migration.id);
  const isToRetry = ({ finishedAt, counts }: Batch): boolean =>
    counts.unknown > 0 || (finishedAt !== null && counts.failed + counts.invalid > 0);
  const targets = batches.filter(isToRetry).map(({ batchId }) => batchId);
  if (targets.length === 0)
    return {
      kind: 'conflict',
      code: 'nothingToRetry',
      detail:
        'no batch has ended with users who failed or were invalid, and no user has the outcome unknown',
    };
  await endPause(migration, base, services);
  const command: Command = { ...base, targets };
  await saveCommand(command, services);
  for (const { batchId, waiterId, finishedAt } of batches) {
    if (finishedAt !== null || !targets.includes(batchId)) continue;
    if (
      (await requestEarlyPoll(stores, migration.id, batchId, command.commandId)) &&
      waiterId !== null
    )
      await services.wakeUp(waiterId);
  }
  return finished(command, services);
}

/** A pause that a migration had at its end would hold back a retry for ever: whoever wants the one wants the other over. */
async function endPause(
  { id, phase }: Migration,
  retry: Omit<Command, 'targets'>,
  services: CommandServices,
): Promise<void> {
  if (!isFinalPhase(phase) || !isPaused(await services.stores.commands.readLog(id))) return;
  const resume: Command = {
    ...retry,
    kind: 'resume',
    commandId: commandIdOf(id, 'resume', `before ${retry.commandId}`, services.nowMs()),
    targets: [],
  };
  await saveCommand(resume, services, immediateResult(resume, undefined));
}

async function add(
  migration: Migration,
  base: Omit<Command, 'targets'>,
  { users, onConflict }: Required<Pick<Asked, 'users' | 'onConflict'>>,
  { approvals }: CommandLog,
  services: CommandServices,
): Promise<CommandAcceptance> {
  const { stores } = services;
  const verdict = approvals.findLast(({ decision }) => decision !== undefined)?.decision?.verdict;
  if (verdict !== undefined && verdict !== 'approved') {
    return {
      kind: 'conflict',
      code: 'alreadyDecided',
      detail: `the cutover was ${verdict === 'rejected' ? 'rejected' : 'not approved in time'}: send these users in a request of their own`,
    };
  }
  const known = await knownUsers(stores, migration.id, users);
  if (known.length > 0)
    return {
      kind: 'conflict',
      code: 'taskExists',
      detail: `the migration has these users already: ${known.slice(0, 10).join(', ')}${known.length > 10 ? ', …' : ''}`,
    };
  const taken =
    migration.validateOnly || onConflict === 'leaveOut'
      ? undefined
      : await findAddedConflicts(stores, migration.id, users);
  if (taken !== undefined) return { kind: 'conflict', ...taken };
  await stores.requests.saveAdded(migration.id, base.commandId, users);
  return stored({ ...base, targets: [] }, services);
}

async function deleteJobs(
  migration: Migration,
  base: Omit<Command, 'targets'>,
  services: CommandServices,
): Promise<CommandAcceptance> {
  if (!isFinalPhase(migration.phase))
    return {
      kind: 'conflict',
      code: 'notEnded',
      detail: `the migration is ${migration.phase}: jobs are deleted only after its end`,
    };
  const targets = (await services.stores.batches.list(migration.id))
    .filter(({ jobId }) => jobId !== null)
    .map(({ batchId }) => batchId);
  if (targets.length === 0)
    return { kind: 'conflict', code: 'nothingToDelete', detail: 'the migration has no jobs' };
  return stored({ ...base, targets }, services);
}

/** Brings a command that is on record to where it can be answered; safe to repeat. */
async function finished(
  command: Command,
  services: CommandServices,
  commandLog?: CommandLog,
): Promise<CommandAcceptance> {
  const answered = await commandWithResults(command, services.stores, commandLog);
  // One that has its answer has been: Durable would begin it again.
  if (startsRun(command.kind) && answered.state === 'pending')
    await services.startRun(command.migrationId, command.commandId);
  return { kind: 'accepted', command: answered };
}

async function stored(
  command: Command,
  services: CommandServices,
  atOnce?: AtOnce,
): Promise<CommandAcceptance> {
  const commandLog = await saveCommand(command, services, atOnce);
  return finished(command, services, commandLog);
}

async function unfinishedBatches(stores: Stores, { id, batchCount }: Migration): Promise<string[]> {
  const batches = await stores.batches.list(id);
  const finishedIds = new Set(
    batches.filter(({ finishedAt }) => finishedAt !== null).map(({ batchId }) => batchId),
  );
  // The batches may not be planned yet; their ids are known all the same.
  const ids = new Set([
    ...Array.from({ length: batchCount }, (_, index) => batchIdAt(index)),
    ...batches.map(({ batchId }) => batchId),
  ]);
  return [...ids].filter((batchId) => !finishedIds.has(batchId));
}
