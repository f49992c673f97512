import type { Command, CommandLog } from '../contracts/command.ts';
import type { Batch, Migration } from '../contracts/migration.ts';
import { isPaused } from '../domain/commands.ts';
import { isFinalPhase } from '../domain/outcomes.ts';
import { knownUsers } from './commandTargets.ts';
import { findAddedConflicts } from './conflicts.ts';
import {
  type CommandAcceptance,
  commandIdOf,
  type CommandRequest,
  type CommandServices,
  finishCommand,
  immediateResult,
  requestEarlyPoll,
  saveAndFinish,
  saveCommand,
} from './saveCommand.ts';

export async function retry(
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
  return finishCommand(command, services);
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

export async function addTasks(
  migration: Migration,
  base: Omit<Command, 'targets'>,
  { users, onConflict }: Required<Pick<CommandRequest, 'users' | 'onConflict'>>,
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
  return saveAndFinish({ ...base, targets: [] }, services);
}

export async function deleteJobs(
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
  return saveAndFinish({ ...base, targets }, services);
}
