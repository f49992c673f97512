import type { OrchestrationContext } from 'durable-functions';
import { finishMigrationResultSchema, planResultSchema } from '../shared/contracts/activities.ts';
import { type DeletionInput, type LaneInput, migrationInputSchema } from '../shared/contracts/orchestrations.ts';
import { deletionInstanceId, laneInstanceId } from '../shared/domain/instanceIds.ts';
import { writeIdentityMappings } from './identityMappings.ts';
import { activities, orchestrators } from './names.ts';
import { call, reasonOf, type Steps } from './steps.ts';

/** One accepted request, or what a command has added to it (a round): plan → lanes of batches → summary. */
export function* migration(context: OrchestrationContext): Steps<{ readonly phase: string }> {
  const { migrationId, round } = migrationInputSchema.parse(context.df.getInput());
  let failure: string | null = null;
  try {
    const { deletion, ...plan } = round === null ? yield* call(context, activities.planMigration, { migrationId }, planResultSchema) : yield* call(context, activities.planRound, { migrationId, round }, planResultSchema);
    if (deletion && round !== null) {
      const input: DeletionInput = { migrationId, round, after: null };
      yield context.df.callSubOrchestrator(orchestrators.deletion, input, deletionInstanceId(context.df.instanceId));
      return { phase: 'ended' };
    }
    if (plan.kind === 'sharePoint' && round === null) yield* writeIdentityMappings(context, migrationId);
    const lanes = Array.from({ length: plan.laneCount }, (_, index) => {
      const input: LaneInput = { migrationId, round, after: null, index, ...plan };
      return context.df.callSubOrchestrator(orchestrators.lane, input, laneInstanceId(context.df.instanceId, index + 1));
    });
    if (lanes.length > 0) yield context.df.Task.all(lanes);
  } catch (error) {
    failure = reasonOf(error);
  }
  return yield* call(context, activities.finishMigration, { migrationId, round, failure }, finishMigrationResultSchema);
}
