import type { z } from 'zod';
import { validateMoveInputSchema, type validateMoveResultSchema } from '../../shared/contracts/sharePointActivities.ts';
import { isCancelAsked } from '../../shared/domain/answeredCommands.ts';
import type { ActivityServices } from './activityServices.ts';
import { checkMapping } from './checkMapping.ts';
import { errorOf, errorsOf, type MoveEnd, sharePointService } from './endMove.ts';
import { isQueueFull, throttleSeconds } from './busyGraph.ts';
import { countAgain } from './keepSums.ts';
import { isAppRefused } from './refusal.ts';
import { type Move, sharePointOf, storedMove } from './storedMove.ts';
import { storedBatch, storedMigration } from './storedRows.ts';

/**
 * Checks a SharePoint task before anything is created: the identity mapping, then Graph's own validation (create with
 * `validateOnly`), which changes nothing and may be asked for again. A task that fails is invalid; one that was only to be
 * validated is validated.
 */
export async function validateMove(input: unknown, services: ActivityServices): Promise<z.infer<typeof validateMoveResultSchema>> {
  const { checkMapping: withMapping, validate, ...ref } = validateMoveInputSchema.parse(input);
  const { stores } = services;
  const move = await storedMove(stores, ref);
  if (move.outcome !== null) return { kind: 'ended' };
  // The gate after the validations answers whoever has asked.
  const { round } = await storedBatch(stores, ref.migrationId, ref.batchId);
  if (isCancelAsked(ref.batchId, await stores.commands.book(ref.migrationId), round)) return { kind: 'done' };
  if (withMapping) {
    const checked = await checkMapping(move, services);
    if (checked.kind === 'retryAfter') return { kind: 'retryAfter', seconds: checked.seconds };
    if (checked.kind === 'ended') return keep(move, checked.end, services);
  }
  if (!validate) return { kind: 'done' };

  const result = await sharePointOf(services).createTask({ ...move.parameters, validateOnly: true });
  if (result.kind === 'retryAfter') return { kind: 'retryAfter', seconds: result.seconds };
  if (result.kind === 'doubtful') return { kind: 'retryAfter', seconds: Math.max(throttleSeconds, result.seconds) };
  if (result.kind !== 'done' && isQueueFull(result.problem)) return { kind: 'retryAfter', seconds: throttleSeconds };
  if (result.kind !== 'done') {
    const error = errorOf(result.problem);
    const outcome = isAppRefused(result.problem) ? 'failed' : 'invalid';
    return keep(move, { outcome, status: outcome, message: error.message, errors: [error] }, services);
  }
  if (result.value.status === 'failed') {
    const errors = errorsOf(result.value, 'the validation failed without a reason');
    return keep(move, { outcome: 'invalid', status: 'invalid', message: errors[0].message, errors }, services);
  }
  const { validateOnly } = await storedMigration(stores, ref.migrationId);
  const ends = validateOnly || move.parameters.validateOnly === true;
  return keep(move, { outcome: ends ? 'validated' : null, status: 'valid', message: '', errors: [] }, services);
}

/** Writes down what a validation came to; without an outcome the task goes on. */
async function keep(move: Move, end: Omit<MoveEnd, 'outcome'> & { readonly outcome: MoveEnd['outcome'] | null }, services: ActivityServices): Promise<{ readonly kind: 'ended' | 'done' }> {
  const service = sharePointService(end);
  const updatedAt = new Date(services.nowMs()).toISOString();
  await services.stores.tasks.save([{ ...move, outcome: end.outcome, services: [service], validation: [service], updatedAt }]);
  if (end.outcome === null) return { kind: 'done' };
  await countAgain(move, services);
  return { kind: 'ended' };
}
