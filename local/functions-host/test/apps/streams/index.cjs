const { Readable } = require('node:stream');
const { app } = require('@azure/functions');

app.setup({ enableHttpStream: true });

app.http('describe', {
  methods: ['GET', 'POST'],
  route: 'describe/{kind}',
  handler: async (request) => ({
    status: 201,
    cookies: [{ name: 'a', value: '1' }],
    headers: { 'x-one': 'one' },
    jsonBody: {
      url: request.url,
      method: request.method,
      params: request.params,
      query: Object.fromEntries(request.query),
      header: request.headers.get('x-test'),
      body: await request.text(),
    },
  }),
});
app.post('size', {
  handler: async (request) => {
    let size = 0;
    for await (const chunk of request.body) size += chunk.length;
    return { body: String(size) };
  },
});

let goOn;
app.get('slow', {
  handler: () => ({
    body: Readable.from(
      (async function* () {
        yield 'first ';
        await new Promise((resolve) => (goOn = resolve));
        yield 'second';
      })(),
    ),
  }),
});
app.get('goOn', { handler: () => (goOn(), { status: 204 }) });
app.get('breaks', {
  handler: () => ({
    body: Readable.from(
      (async function* () {
        yield 'first ';
        await new Promise((resolve) => setTimeout(resolve, 200));
        throw new Error('the source has ended');
      })(),
    ),
  }),
});
app.get('nothing', { handler: () => undefined });
app.get('throws', {
  handler: () => {
    throw new Error('on purpose');
  },
});
app.get('locked', { authLevel: 'function', handler: () => ({ body: 'open' }) });
