import type { OrchestrationContext } from 'durable-functions';
import { afterEach, expect, it } from 'vitest';
import { df, type EngineUnderTest, openEngine } from './engineHarness.ts';

class QuotaError extends Error {
  override readonly name = 'QuotaError';
  readonly limit = 7;
}

df.app.setExceptionPropertiesProvider({
  getExceptionProperties: (error) =>
    error instanceof QuotaError ? { limit: error.limit } : undefined,
});
df.app.activity('overQuota', {
  handler: () => {
    throw new QuotaError('too much');
  },
});
df.app.orchestration('meetsQuota', function* (context: OrchestrationContext) {
  yield context.df.callActivity('overQuota');
});
df.app.orchestration('readsDetails', function* (context: OrchestrationContext) {
  const { kind } = context.df.getInput<{ kind: 'activity' | 'child' }>();
  try {
    if (kind === 'activity') yield context.df.callActivity('overQuota');
    else yield context.df.callSubOrchestrator('meetsQuota', null);
    return 'no error';
  } catch (error) {
    if (!(error instanceof df.TaskFailedError)) return String(error);
    const { errorType, errorMessage, properties } = error.failureDetails;
    return { message: error.message, errorType, errorMessage, properties };
  }
});

let engine: EngineUnderTest;
afterEach(() => engine.stop());

it.each(['activity', 'child'])(
  'throws the details of a failed %s as the library’s own error',
  async (kind) => {
    engine = await openEngine();
    const id = await engine.start('readsDetails', { kind });
    await engine.host.idle();
    expect((await engine.status(id)).output).toEqual({
      message: 'QuotaError: too much',
      errorType: 'QuotaError',
      errorMessage: 'too much',
      properties: { limit: 7 },
    });
  },
);
