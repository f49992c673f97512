import type { OrchestrationContext } from 'durable-functions';
import { type MappingsInput, mappingsInputSchema, mappingsResultSchema, writeMappingsResultSchema } from '../shared/contracts/sharePointActivities.ts';
import { mappingsInstanceId } from '../shared/domain/instanceIds.ts';
import { activities, orchestrators } from './names.ts';
import { call, patience, reasonOf, StepFailure, type Steps, wait, waitForBell } from './steps.ts';

const maxTries = 60;
// Nobody says how long the map takes to show what it was given.
const maxMissing = 10;

/** Writes the identity mappings of a request and reads them back, fifty a generation; says why it could not. Never throws. */
export function* identityMappings(context: OrchestrationContext): Steps<{ readonly failure: string | null } | undefined> {
  const input = mappingsInputSchema.parse(context.df.getInput());
  try {
    const written = yield* call(context, activities.writeMappings, input, writeMappingsResultSchema);
    switch (written.kind) {
      case 'done':
        if (written.next === null && input.list === 'groups') return { failure: null };
        context.df.continueAsNew(written.next === null ? { ...input, list: 'groups', start: 0, tries: 0 } : { ...input, start: written.next, tries: 0 });
        return undefined;
      case 'rejected':
        return { failure: `Graph refused to write the identity mappings: ${written.reason}` };
      case 'paused':
        yield* waitForBell(context, 300);
        context.df.continueAsNew(input);
        return undefined;
      case 'missing':
        if (input.tries >= maxMissing) return { failure: `${String(written.count)} of the identity mappings from ${input.list}[${String(input.start)}] on were written and cannot be read back` };
        break;
      case 'retryAfter':
        if (input.tries >= maxTries) return { failure: `the identity mappings could not be written in ${String(maxTries)} tries` };
    }
    yield* waitForBell(context, patience(input.tries + 1, written.kind === 'retryAfter' ? written.seconds : 15));
  } catch {
    // Storage was out of reach for an hour.
    yield* wait(context, 300);
  }
  context.df.continueAsNew({ ...input, tries: input.tries + 1 });
  return undefined;
}

/** Writes the identity mappings of a request before anything else happens. Throws a StepFailure with the reason. */
export function* writeIdentityMappings(context: OrchestrationContext, migrationId: string): Steps<void> {
  const input: MappingsInput = { migrationId, list: 'users', start: 0, tries: 0 };
  let failure: string | null;
  try {
    ({ failure } = mappingsResultSchema.parse(yield context.df.callSubOrchestrator(orchestrators.identityMappings, input, mappingsInstanceId(migrationId))));
  } catch (error) {
    failure = `the writing of the identity mappings was ended: ${reasonOf(error)}`;
  }
  if (failure !== null) throw new StepFailure(failure);
}
