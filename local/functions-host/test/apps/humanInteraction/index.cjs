const { app } = require('@azure/functions');
const df = require('durable-functions');

// The pattern of the published sample: one timer that is raced against a new event for each answer.
df.app.orchestration('verifyPhone', function* (context) {
  const code = yield context.df.callActivity('sendCode', context.df.getInput());
  const expiresAt = new Date(context.df.currentUtcDateTime.getTime() + 90_000);
  const timeout = context.df.createTimer(expiresAt);
  let isVerified = false;
  for (let tries = 0; tries < 4; tries += 1) {
    const answer = context.df.waitForExternalEvent('answer');
    const winner = yield context.df.Task.any([answer, timeout]);
    if (winner !== answer) break;
    isVerified = answer.result === code;
    if (isVerified) break;
  }
  if (!timeout.isCompleted) timeout.cancel();
  return isVerified;
});
df.app.activity('sendCode', { handler: () => 1234 });

app.http('start', {
  route: 'start/{name}',
  methods: ['POST'],
  extraInputs: [df.input.durableClient()],
  handler: async (request, context) => {
    const client = df.getClient(context);
    const id = await client.startNew(request.params.name, { input: '555' });
    return client.createCheckStatusResponse(request, id);
  },
});
