const { app } = require('@azure/functions');
const core = require('@azure/functions-core');

app.hook.appStart((context) => {
  context.hookData.started = true;
  console.log('start hook ran');
});
app.hook.appTerminate((context) =>
  console.log(`terminate hook ran after start: ${context.hookData.started}`),
);

app.hook.preInvocation((context) => {
  context.hookData.trail = ['pre'];
  if (context.invocationContext.functionName === 'changed') {
    context.inputs = [{ name: 'given by the hook' }];
    const handler = context.functionHandler;
    context.functionHandler = (input, ...rest) => handler(input, ...rest);
  }
});
app.hook.postInvocation((context) => {
  if (context.invocationContext.functionName === 'saved') {
    context.result = {
      body: `${context.hookData.trail.join()} saved from: ${context.error.message}`,
    };
    context.error = null;
  }
  if (context.invocationContext.functionName === 'spoilt')
    context.error = new Error('spoilt by the hook');
  if (context.invocationContext.functionName === 'changed')
    context.invocationContext.log('logged in the post hook');
});
app.hook.log((context) => {
  if (context.category === 'user') context.message = context.message.replace('secret', '*****');
});
const gone = app.hook.preInvocation(() => {
  throw new Error('a disposed hook ran');
});
gone.dispose();

app.get('changed', {
  handler: (input, context) => ({
    body: input.name,
    headers: { 'x-core': String(context.invocationId.length) },
  }),
});
app.get('saved', { handler: () => Promise.reject(new Error('it failed')) });
app.get('spoilt', { handler: () => ({ body: 'fine' }) });
app.get('quiet', { handler: (request, context) => context.log('the secret word') });
app.get('late', {
  handler: () => {
    try {
      app.get('tooLate', { handler: () => ({}) });
      return { body: 'registered' };
    } catch (error) {
      return { jsonBody: { message: error.message, isSystem: error.isAzureFunctionsSystemError } };
    }
  },
});
app.get('unknownHook', {
  handler: () => {
    try {
      core.registerHook('sometime', () => undefined);
      return { body: 'registered' };
    } catch (error) {
      return { jsonBody: { name: error.name, isSystem: error.isAzureFunctionsSystemError } };
    }
  },
});
