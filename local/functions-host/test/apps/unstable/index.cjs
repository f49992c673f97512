const { app } = require('@azure/functions');
const df = require('durable-functions');

const ways = {
  throws: () =>
    setTimeout(() => {
      throw new Error('thrown late');
    }, 10),
  rejects: () => {
    Promise.reject(new Error('nobody catches this'));
  },
  exits: () => setTimeout(() => process.exit(3), 10),
  hangs: () => new Promise(() => undefined),
};

app.get('end', { route: 'end/{way}', handler: (request) => ways[request.params.way]() });
app.get('alive', { handler: () => ({ body: String(process.pid) }) });

df.app.orchestration('two', function* (context) {
  yield context.df.waitForExternalEvent('go');
  return yield context.df.callActivity('answer');
});
df.app.activity('answer', { handler: () => 42 });
app.http('start', {
  route: 'start/{name}',
  methods: ['POST'],
  extraInputs: [df.input.durableClient()],
  handler: async (request, context) => {
    const client = df.getClient(context);
    return client.createCheckStatusResponse(request, await client.startNew(request.params.name));
  },
});
