import type { OrchestrationContext } from 'durable-functions';
import { mappingsInstanceId } from '../../shared/contracts/ids.ts';
import {
  type MappingsInput,
  mappingsInputSchema,
  mappingsResultSchema,
  writeMappingsResultSchema,
} from '../../shared/contracts/internal/sharePoint.ts';
import {
  orchestrationPolicy,
  pollingPolicy,
  sharePointPolicy,
} from '../../shared/domain/policies.ts';
import { retrySeconds } from '../../shared/domain/polling.ts';
import {
  backoffSeconds,
  call,
  logError,
  StepFailure,
  type Steps,
  wait,
  waitForWakeUp,
} from '../durable/steps.ts';
import { activities, orchestrators } from '../names.ts';

/**
 * Writes the identity mappings of a request and reads them back, fifty per generation. Returns the
 * reason if that is impossible. Never throws.
 */
export function* identityMappings(
  context: OrchestrationContext,
): Steps<{ readonly failure: string | null } | undefined> {
  const input = mappingsInputSchema.parse(context.df.getInput());
  let fault: string | null = null;
  let missingSinceMs: number | null = null;
  try {
    const written = yield* call(
      context,
      activities.writeMappings,
      input,
      writeMappingsResultSchema,
    );
    switch (written.kind) {
      case 'done':
        if (written.next === null && input.list === 'groups') return { failure: null };
        context.df.continueAsNew({
          ...input,
          fault: null,
          missingSinceMs: null,
          tries: 0,
          ...(written.next === null ? { list: 'groups', start: 0 } : { start: written.next }),
        });
        return undefined;
      case 'rejected':
        return { failure: `Graph refused to write the identity mappings: ${written.reason}` };
      case 'paused':
        yield* waitForWakeUp(context, sharePointPolicy.pausedMappingsSeconds);
        context.df.continueAsNew({ ...input, fault: null });
        return undefined;
      case 'missing':
        missingSinceMs = input.missingSinceMs ?? context.df.currentUtcDateTime.getTime();
        // Graph does not document how long a new mapping takes to become readable.
        if (context.df.currentUtcDateTime.getTime() - missingSinceMs >= pollingPolicy.goneAfterMs)
          return {
            failure: `${String(written.count)} identity mappings from ${input.list}[${String(input.start)}] on were written but cannot be read back`,
          };
        yield* waitForWakeUp(
          context,
          backoffSeconds(input.tries + 1, sharePointPolicy.mappingSeconds),
        );
        break;
      case 'retryAfter':
        yield* waitForWakeUp(context, retrySeconds(input.tries + 1, written.seconds));
    }
  } catch (error) {
    // Storage was unreachable for an hour, or the app has a fault. The write is retried, and the
    // migration's row shows the reason.
    fault = logError(context, error);
    yield* wait(context, orchestrationPolicy.errorSeconds);
  }
  context.df.continueAsNew({ ...input, fault, missingSinceMs, tries: input.tries + 1 });
  return undefined;
}

/**
 * Writes the identity mappings of a request before its batches start. Throws a StepFailure with the
 * reason if that is impossible.
 */
export function* writeIdentityMappings(
  context: OrchestrationContext,
  migrationId: string,
): Steps<void> {
  const input: MappingsInput = { migrationId, list: 'users', start: 0, tries: 0 };
  for (let begin = 0; ; begin += 1) {
    const failure = yield* written(context, input, mappingsInstanceId(migrationId, begin));
    if (typeof failure === 'string') throw new StepFailure(failure);
    if (failure === null) return;
    yield* wait(context, orchestrationPolicy.errorSeconds);
  }
}

/**
 * Returns null if they are written, the reason if they cannot be written, or undefined if the
 * orchestration was terminated from outside.
 */
function* written(
  context: OrchestrationContext,
  input: MappingsInput,
  instanceId: string,
): Steps<string | null | undefined> {
  try {
    return mappingsResultSchema.parse(
      yield context.df.callSubOrchestrator(orchestrators.identityMappings, input, instanceId),
    ).failure;
  } catch {
    return undefined;
  }
}
