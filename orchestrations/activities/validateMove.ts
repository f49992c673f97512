import type { z } from 'zod';
import {
  validateMoveInputSchema,
  type validateMoveResultSchema,
} from '../../shared/contracts/sharePointActivities.ts';
import { isCancelAsked } from '../../shared/domain/answeredCommands.ts';
import type { ActivityServices } from './activityServices.ts';
import { checkMapping } from './checkMapping.ts';
import { errorOf, errorsOf, type MoveEnd, sharePointService } from './endMove.ts';
import { isQueueFull, throttleSeconds } from './busyGraph.ts';
import { countAgain } from './keepSums.ts';
import { beginTurn, endDelay, triedAgain } from './moveTurn.ts';
import { isAppRefused } from './refusal.ts';
import { releaseEnded } from './reservations.ts';
import { obeyMoves } from './obeyMoves.ts';
import { type Move, sharePointOf } from './storedMove.ts';
import { storedMigration } from './storedRows.ts';

/**
 * Checks a SharePoint task before anything is created: the identity mapping, then Graph's own validation (create with
 * `validateOnly`), which changes nothing and may be asked for again. A task that fails is invalid; one that was only to be
 * validated is validated.
 */
export async function validateMove(
  input: unknown,
  services: ActivityServices,
): Promise<z.infer<typeof validateMoveResultSchema>> {
  const {
    checkMapping: withMapping,
    validate,
    isLast,
    ...turn
  } = validateMoveInputSchema.parse(input);
  const { stores } = services;
  const rows = await beginTurn(turn, services);
  if (rows === undefined) return { kind: 'ended' };
  const { move, batch } = rows;
  if (move.outcome !== null) {
    await releaseEnded(move, [move], services);
    return { kind: 'ended' };
  }
  if (
    isCancelAsked(
      turn.batchId,
      await stores.commands.bookOf(turn.migrationId, turn.batchId),
      batch.round,
    )
  ) {
    // The gate after the validations answers whoever has asked. Where nothing else follows there is none.
    if ((await storedMigration(stores, turn.migrationId)).validateOnly)
      await obeyMoves(turn, services);
    return { kind: 'done' };
  }
  if (withMapping) {
    const checked = await checkMapping(move, isLast, services);
    if (checked.kind === 'refused')
      return triedAgain(turn, { operation: 'get identity mapping', ...checked }, services);
    if (checked.kind === 'ended') return keep(move, checked.end, services);
  }
  if (!validate) {
    await endDelay(turn, turn.delayedSinceMs, services);
    return { kind: 'done' };
  }

  const result = await sharePointOf(services).createTask({
    ...move.parameters,
    validateOnly: true,
  });
  const operation = 'validate SharePoint task';
  if (result.kind === 'retryAfter') return triedAgain(turn, { operation, ...result }, services);
  if (result.kind === 'doubtful')
    return triedAgain(
      turn,
      { operation, seconds: Math.max(throttleSeconds, result.seconds), problem: result.problem },
      services,
    );
  if (result.kind !== 'done' && isQueueFull(result.problem))
    return triedAgain(
      turn,
      { operation, seconds: throttleSeconds, problem: result.problem },
      services,
    );
  await endDelay(turn, turn.delayedSinceMs, services);
  if (result.kind !== 'done') {
    const error = errorOf(result.problem);
    const outcome = isAppRefused(result.problem) ? 'failed' : 'invalid';
    return keep(
      move,
      { outcome, status: outcome, message: error.message, errors: [error] },
      services,
    );
  }
  if (result.value.status === 'failed') {
    const errors = errorsOf(result.value, 'the validation failed without a reason');
    return keep(
      move,
      { outcome: 'invalid', status: 'invalid', message: errors[0].message, errors },
      services,
    );
  }
  const { validateOnly } = await storedMigration(stores, turn.migrationId);
  const ends = validateOnly || move.parameters.validateOnly === true;
  return keep(
    move,
    { outcome: ends ? 'validated' : null, status: 'valid', message: '', errors: [] },
    services,
  );
}

/** Writes down what a validation came to; without an outcome the task goes on. */
async function keep(
  move: Move,
  end: Omit<MoveEnd, 'outcome'> & { readonly outcome: MoveEnd['outcome'] | null },
  services: ActivityServices,
): Promise<{ readonly kind: 'ended' | 'done' }> {
  const service = sharePointService(end);
  const updatedAt = new Date(services.nowMs()).toISOString();
  // What was unknown before stays so: a validation says nothing of a task that may have been created.
  const isUnclear = move.outcomeBefore === 'unknown' && end.outcome !== null;
  const kept: Move = {
    ...move,
    outcome: isUnclear ? 'unknown' : end.outcome,
    services: isUnclear ? move.services : [service],
    validation: [service],
    updatedAt,
  };
  await services.stores.tasks.save([kept], [move]);
  if (end.outcome === null) return { kind: 'done' };
  await releaseEnded(kept, [kept], services);
  await countAgain(move, services);
  return { kind: 'ended' };
}
