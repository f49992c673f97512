const { app } = require('@azure/functions');
const df = require('durable-functions');

app.http('start', {
  route: 'start/{name}/{instanceId?}',
  methods: ['POST'],
  extraInputs: [df.input.durableClient()],
  handler: async (request, context) => {
    const client = df.getClient(context);
    const { input } = await request.json();
    const instanceId = await client.startNew(request.params.name, {
      input,
      instanceId: request.params.instanceId,
    });
    return client.createCheckStatusResponse(request, instanceId);
  },
});

app.http('startLate', {
  methods: ['POST'],
  extraInputs: [df.input.durableClient()],
  handler: async (request, context) => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    return { body: await df.getClient(context).startNew('waiting', { instanceId: 'late' }) };
  },
});

app.http('purge', {
  route: 'purge/{instanceId}',
  methods: ['POST'],
  extraInputs: [df.input.durableClient()],
  handler: async (request, context) => ({
    jsonBody: await df.getClient(context).purgeInstanceHistory(request.params.instanceId),
  }),
});
