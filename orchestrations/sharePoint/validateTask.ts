import type { z } from 'zod';
import {
  validateSharePointTaskInputSchema,
  type validateSharePointTaskResultSchema,
} from '../../shared/contracts/internal/sharePoint.ts';
import { parameterTypes } from '../../shared/contracts/sharePointParameters.ts';
import { isCancelRequested } from '../../shared/domain/commands.ts';
import { graphPolicy } from '../../shared/domain/policies.ts';
import { groupIdOf } from '../../shared/domain/requestChecks.ts';
import {
  isAppRefused,
  isQueueFull,
  type ReadResult,
  readResult,
} from '../../shared/graph/problems.ts';
import type { GraphProblem } from '../../shared/graph/result.ts';
import type { MappedIdentity } from '../../shared/graph/sharePointTasks.ts';
import { type ActivityServices, releaseEnded, storedMigration } from '../activityServices.ts';
import { recountTasks } from '../batchStatus.ts';
import { handleSharePointCommands } from './handleCommands.ts';
import {
  errorOf,
  errorsOf,
  sharePointClient,
  sharePointService,
  type SharePointTaskRow,
  type TaskEnd,
} from './taskRow.ts';
import { beginTurn, endDelay, retryLater } from './taskTurn.ts';

/**
 * The result of checking a mapping. `ok`: the entry exists and names the same target. `refused`:
 * the read failed for any reason.
 */
export type CheckedMapping =
  | { readonly kind: 'ok' }
  | { readonly kind: 'refused'; readonly seconds: number; readonly problem: GraphProblem }
  | { readonly kind: 'ended'; readonly end: TaskEnd };

/**
 * Reads the identity mapping of a user or group task in the target tenant and compares its target
 * with the task's. Only a 404 means that there is none, and only at the last poll, because a new
 * entry may take minutes to become readable.
 */
export async function checkMapping(
  taskRow: SharePointTaskRow,
  isLast: boolean,
  services: ActivityServices,
): Promise<CheckedMapping> {
  const { parameters } = taskRow;
  switch (parameters['@odata.type']) {
    case parameterTypes.site:
      return { kind: 'ok' };
    case parameterTypes.user: {
      const read = readResult(
        await sharePointClient(services).getUserMapping(
          parameters.sourceUserIdentity.userPrincipalName ?? '',
        ),
      );
      // If the request names the target by object id, it cannot be compared with the principal name
      // in the map.
      return compareTarget(read, parameters.targetUserIdentity.userPrincipalName ?? null, isLast);
    }
    case parameterTypes.group: {
      const request = await services.stores.requests.load(taskRow.migrationId);
      const mappings = request.kind === 'sharePoint' ? request.identityMappings : undefined;
      const groupId = groupIdOf(parameters.targetGroupIdentity.mailNickname, mappings);
      if (groupId === undefined) return { kind: 'ended', end: missingMapping() };
      const target = mappings?.groups.find(
        ({ sourceGroupIdentity }) => sourceGroupIdentity.id === groupId,
      )?.targetGroupIdentity.id;
      return compareTarget(
        readResult(await sharePointClient(services).getGroupMapping(groupId)),
        target ?? null,
        isLast,
      );
    }
  }
}

function compareTarget(
  read: ReadResult<MappedIdentity>,
  target: string | null,
  isLast: boolean,
): CheckedMapping {
  if (read.kind === 'absent' && isLast) return { kind: 'ended', end: missingMapping() };
  if (read.kind !== 'seen')
    return {
      kind: 'refused',
      seconds: read.kind === 'absent' ? 0 : read.seconds,
      problem: read.problem,
    };
  const mapped = read.value.target;
  if (target === null || mapped === null || mapped.toLowerCase() === target.toLowerCase())
    return { kind: 'ok' };
  return {
    kind: 'ended',
    end: invalid(
      'MnAIdentityMapEntryDoesNotMatchRequest',
      'the identity map names a different target than the request',
    ),
  };
}

function missingMapping(): TaskEnd {
  return invalid(
    'MnAIdentityMapEntryDoesNotExistsForSourceUPN',
    'the identity map of the target tenant has no entry for the source',
  );
}

function invalid(code: string, message: string): TaskEnd {
  return { outcome: 'invalid', status: 'invalid', message, errors: [{ code, message }] };
}

/**
 * Validates a SharePoint task before anything is created: the identity mapping, then Graph's own
 * validation (create with `validateOnly`), which changes nothing and is safe to repeat. A task that
 * fails gets the outcome `invalid`; a validate-only task that passes gets `validated`.
 */
export async function validateSharePointTask(
  input: unknown,
  services: ActivityServices,
): Promise<z.infer<typeof validateSharePointTaskResultSchema>> {
  const {
    checkMapping: withMapping,
    validate,
    isLast,
    ...turn
  } = validateSharePointTaskInputSchema.parse(input);
  const { stores } = services;
  const rows = await beginTurn(turn, services);
  if (rows === undefined) return { kind: 'ended' };
  const { taskRow, batch } = rows;
  if (taskRow.outcome !== null) {
    await releaseEnded(taskRow, [taskRow], services);
    return { kind: 'ended' };
  }
  if (
    isCancelRequested(
      turn.batchId,
      await stores.commands.readBatchLog(turn.migrationId, turn.batchId),
      batch.runCommandId,
    )
  ) {
    // The checkpoint after the validations records the results of commands. A validate-only
    // migration has no such checkpoint.
    if ((await storedMigration(stores, turn.migrationId)).validateOnly)
      await handleSharePointCommands(turn, services);
    return { kind: 'done' };
  }
  if (withMapping) {
    const checked = await checkMapping(taskRow, isLast, services);
    if (checked.kind === 'refused')
      return retryLater(turn, { operation: 'get identity mapping', ...checked }, services);
    if (checked.kind === 'ended') return saveResult(taskRow, checked.end, services);
  }
  if (!validate) {
    await endDelay(turn, turn.delayedSinceMs, services);
    return { kind: 'done' };
  }

  const result = await sharePointClient(services).createTask({
    ...taskRow.parameters,
    validateOnly: true,
  });
  const operation = 'validate SharePoint task';
  if (result.kind === 'retryAfter') return retryLater(turn, { operation, ...result }, services);
  if (result.kind === 'unknown')
    return retryLater(
      turn,
      {
        operation,
        seconds: Math.max(graphPolicy.throttleSeconds, result.seconds),
        problem: result.problem,
      },
      services,
    );
  if (result.kind !== 'done' && isQueueFull(result.problem))
    return retryLater(
      turn,
      { operation, seconds: graphPolicy.throttleSeconds, problem: result.problem },
      services,
    );
  await endDelay(turn, turn.delayedSinceMs, services);
  if (result.kind !== 'done') {
    const error = errorOf(result.problem);
    const outcome = isAppRefused(result.problem) ? 'failed' : 'invalid';
    return saveResult(
      taskRow,
      { outcome, status: outcome, message: error.message, errors: [error] },
      services,
    );
  }
  if (result.value.status === 'failed') {
    const errors = errorsOf(result.value, 'the validation failed without a reason');
    return saveResult(
      taskRow,
      { outcome: 'invalid', status: 'invalid', message: errors[0].message, errors },
      services,
    );
  }
  const { validateOnly } = await storedMigration(stores, turn.migrationId);
  const ends = validateOnly || taskRow.parameters.validateOnly === true;
  return saveResult(
    taskRow,
    { outcome: ends ? 'validated' : null, status: 'valid', message: '', errors: [] },
    services,
  );
}

/** Records the result of a validation. Without an outcome the task continues. */
async function saveResult(
  taskRow: SharePointTaskRow,
  end: Omit<TaskEnd, 'outcome'> & { readonly outcome: TaskEnd['outcome'] | null },
  services: ActivityServices,
): Promise<{ readonly kind: 'ended' | 'done' }> {
  const service = sharePointService(end);
  const updatedAt = new Date(services.nowMs()).toISOString();
  // An unknown outcome stays unknown, because a validation proves nothing about a task that may
  // have been created.
  const isUnclear = taskRow.outcomeBefore === 'unknown' && end.outcome !== null;
  const stored: SharePointTaskRow = {
    ...taskRow,
    outcome: isUnclear ? 'unknown' : end.outcome,
    services: isUnclear ? taskRow.services : [service],
    validation: [service],
    updatedAt,
  };
  await services.stores.tasks.save([stored], [taskRow]);
  if (end.outcome === null) return { kind: 'done' };
  await releaseEnded(stored, [stored], services);
  await recountTasks(taskRow, services);
  return { kind: 'ended' };
}
