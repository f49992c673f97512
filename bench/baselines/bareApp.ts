import { app } from '@azure/functions';
import * as df from 'durable-functions';

// The least that anybody could do with a request: start an orchestration with it and say so. Nothing is checked, nothing
// is kept, a repetition starts another one. What is started waits as our migrations do: for a first activity that is switched off.
df.app.activity('planMigration', { handler: () => 'started' });
df.app.orchestration('bare', function* (context) {
  const retry = new df.RetryOptions(5_000, 18);
  yield context.df.callActivityWithRetry('planMigration', retry, {});
});
df.app.client.http('createMigration', {
  route: 'migrations',
  methods: ['POST'],
  authLevel: 'function',
  handler: async (request, client) => ({
    status: 202,
    jsonBody: { id: await client.startNew('bare', { input: await request.json() }) },
  }),
});
app.http('health', {
  route: 'health',
  methods: ['GET'],
  authLevel: 'function',
  handler: () => ({ status: 200 }),
});
