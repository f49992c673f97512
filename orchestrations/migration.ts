import type { OrchestrationContext } from 'durable-functions';
import { finishMigrationResultSchema, planResultSchema } from '../shared/contracts/activities.ts';
import { type LaneInput, migrationInputSchema } from '../shared/contracts/orchestrations.ts';
import { laneInstanceId } from '../shared/domain/instanceIds.ts';
import { activities, orchestrators } from './names.ts';
import { call, reasonOf, type Steps } from './steps.ts';

/** One accepted request: plan → lanes of batches → summary. */
export function* migration(context: OrchestrationContext): Steps<{ readonly phase: string }> {
  const { migrationId } = migrationInputSchema.parse(context.df.getInput());
  let failure: string | null = null;
  try {
    const plan = yield* call(context, activities.planMigration, { migrationId }, planResultSchema);
    const lanes = Array.from({ length: plan.laneCount }, (_, index) => {
      const input: LaneInput = { migrationId, index, ...plan };
      return context.df.callSubOrchestrator(orchestrators.lane, input, laneInstanceId(migrationId, index + 1));
    });
    yield context.df.Task.all(lanes);
  } catch (error) {
    failure = reasonOf(error);
  }
  return yield* call(context, activities.finishMigration, { migrationId, failure }, finishMigrationResultSchema);
}
