import type { Command, CommandLog } from '../../shared/contracts/command.ts';
import type { Batch, Migration } from '../../shared/contracts/migration.ts';
import { isPaused } from '../../shared/domain/commands.ts';
import { isFinalPhase } from '../../shared/domain/outcomes.ts';
import { findAddedConflicts } from '../../shared/intake/newMigration.ts';
import { knownUsers } from './commandTargets.ts';
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

/** Starts a run for the tasks that failed, are invalid, or have the outcome `unknown`. */
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
        'there is nothing to retry: no ended batch has tasks that failed or are invalid, and no task has the outcome unknown',
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

/** Resumes a migration that was paused when it ended: the pause would hold back the retry. */
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

/** Starts a run that adds users to a migration. */
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
      detail: `the cutover was ${verdict === 'rejected' ? 'rejected' : 'not approved in time'}; send these users in a new migration request`,
    };
  }
  const existing = await knownUsers(stores, migration.id, users);
  if (existing.length > 0)
    return {
      kind: 'conflict',
      code: 'taskExists',
      detail: `these users are already in the migration: ${existing.slice(0, 10).join(', ')}${existing.length > 10 ? ', …' : ''}; send the command without them`,
    };
  const conflicts =
    migration.validateOnly || onConflict === 'leaveOut'
      ? undefined
      : await findAddedConflicts(stores, migration.id, users);
  if (conflicts !== undefined) return { kind: 'conflict', ...conflicts };
  await stores.requests.saveAdded(migration.id, base.commandId, users);
  return saveAndFinish({ ...base, targets: [] }, services);
}

/** Starts a run that deletes the Graph jobs of a migration that has ended. */
export async function deleteJobs(
  migration: Migration,
  base: Omit<Command, 'targets'>,
  services: CommandServices,
): Promise<CommandAcceptance> {
  if (!isFinalPhase(migration.phase))
    return {
      kind: 'conflict',
      code: 'notEnded',
      detail: `the migration is ${migration.phase}; jobs can only be deleted after it has ended`,
    };
  const targets = (await services.stores.batches.list(migration.id))
    .filter(({ jobId }) => jobId !== null)
    .map(({ batchId }) => batchId);
  if (targets.length === 0)
    return {
      kind: 'conflict',
      code: 'nothingToDelete',
      detail: 'the migration has no jobs to delete',
    };
  return saveAndFinish({ ...base, targets }, services);
}
