const { app, HttpResponse } = require('@azure/functions');

const describe = async (request) => ({
  jsonBody: {
    method: request.method,
    url: request.url,
    params: request.params,
    query: Object.fromEntries(request.query),
    headers: Object.fromEntries(request.headers),
    body: request.method === 'GET' ? null : await request.text(),
  },
});

app.http('echo', { methods: ['GET', 'POST', 'PUT'], handler: describe });
app.get('literal', { route: 'things/special', handler: () => ({ body: 'literal' }) });
app.get('whole', {
  route: 'things/{id:int}',
  handler: (request) => ({ body: `int ${request.params.id}` }),
});
app.get('thing', {
  route: 'things/{id}',
  handler: (request) => ({ body: `text ${request.params.id}` }),
});
app.http('putThing', {
  route: 'things/{id}',
  methods: ['PUT'],
  handler: (request) => ({ body: `put ${request.params.id}` }),
});
app.get('optional', { route: 'pages/{page:int?}', handler: describe });
app.get('rest', {
  route: 'files/{*path}',
  handler: (request) => ({ body: request.params.path ?? 'none' }),
});
app.get('named', { route: 'reports/{name}.{extension}', handler: describe });
app.get('code', {
  route: 'codes/{code:length(3):alpha}',
  handler: (request) => ({ body: request.params.code }),
});

app.http('answer', {
  methods: ['GET', 'HEAD'],
  handler: () =>
    new HttpResponse({
      status: 201,
      body: 'made',
      headers: { 'x-one': '1', 'content-type': 'text/plain' },
      cookies: [
        { name: 'a', value: 'x y' },
        {
          name: 'b',
          value: '2',
          path: '/b',
          maxAge: 60,
          secure: true,
          httpOnly: true,
          sameSite: 'Strict',
          domain: 'example.com',
        },
      ],
    }),
});
app.get('bytes', { handler: () => ({ body: Buffer.from([0, 1, 254, 255]) }) });
app.get('nothing', { handler: () => undefined });
app.get('text', { handler: () => 'not an object' });
app.get('broken', {
  handler: () => {
    throw new Error('out of order');
  },
});
app.get('logging', {
  handler: (request, context) => {
    context.log('plain entry');
    context.warn('warned', { of: 1 });
    context.debug('below the level');
    return {
      jsonBody: {
        invocationId: context.invocationId,
        functionName: context.functionName,
        traceParent: context.traceContext.traceParent,
      },
    };
  },
});
app.get('slowly', {
  handler: () => new Promise((resolve) => setTimeout(resolve, 700, { body: 'done' })),
});
app.get('never', { handler: () => new Promise(() => undefined) });
app.get('host', {
  handler: () => ({
    jsonBody: {
      hostname: process.env.WEBSITE_HOSTNAME,
      environment: process.env.AZURE_FUNCTIONS_ENVIRONMENT,
    },
  }),
});
app.get('badHeader', { handler: () => ({ cookies: [{ name: 'a\nb', value: 'x' }] }) });
app.get('foreignHeader', { handler: () => ({ headers: { 'x-name': 'J\u00fcrgen' } }) });
app.get('locked', { authLevel: 'function', handler: () => ({ body: 'open' }) });
app.get('masters', { authLevel: 'admin', handler: () => ({ body: 'open' }) });
app.http('off', { handler: () => ({ body: 'on' }) });
app.generic('byHand', {
  trigger: { type: 'activityTrigger', name: 'input' },
  handler: (input, context) => context.log('by hand:', input),
});
