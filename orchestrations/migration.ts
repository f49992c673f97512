import type { OrchestrationContext } from 'durable-functions';
import { finishMigrationResultSchema, planResultSchema, planRoundResultSchema } from '../shared/contracts/activities.ts';
import { type DeletionInput, type LaneInput, migrationInputSchema } from '../shared/contracts/orchestrations.ts';
import { deletionInstanceId, laneInstanceId } from '../shared/domain/instanceIds.ts';
import { writeIdentityMappings } from './identityMappings.ts';
import { activities, orchestrators } from './names.ts';
import { call, reasonOf, type Steps, wait } from './steps.ts';

/** One accepted request, or what a command has added to it (a round): plan → lanes of batches → summary. A generation for each try to plan a round. */
export function* migration(context: OrchestrationContext): Steps<{ readonly phase: string } | undefined> {
  const { migrationId, round } = migrationInputSchema.parse(context.df.getInput());
  let failure: string | null = null;
  try {
    const planned = round === null ? yield* call(context, activities.planMigration, { migrationId }, planResultSchema) : yield* call(context, activities.planRound, { migrationId, round }, planRoundResultSchema);
    if (planned.kind === 'retryAfter') {
      yield* wait(context, planned.seconds);
      context.df.continueAsNew({ migrationId, round });
      return undefined;
    }
    const { deletion, ...plan } = planned;
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
