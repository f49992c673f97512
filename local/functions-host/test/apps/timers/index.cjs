const { app } = require('@azure/functions');

app.timer('everyTenMinutes', {
  schedule: '%TEN_MINUTES%',
  handler: (timer, context) =>
    context.log('ten:', JSON.stringify({ ...timer, now: new Date().toISOString() })),
});
app.timer('atStart', {
  schedule: '0 0 0 1 1 *',
  runOnStartup: true,
  handler: (timer, context) => context.log('at start:', JSON.stringify(timer)),
});
app.timer('interval', {
  schedule: '00:00:30',
  handler: (timer, context) => context.log('interval:', JSON.stringify(timer)),
});
app.timer('fixed', {
  schedule: '0 0 0 1 1 *',
  runOnStartup: true,
  retry: { strategy: 'fixedDelay', maxRetryCount: 2, delayInterval: { minutes: 5 } },
  handler: (timer, context) => {
    context.log('fixed:', JSON.stringify({ ...context.retryContext, now: Date.now() }));
    throw new Error('never works');
  },
});
app.timer('growing', {
  schedule: '0 0 0 1 1 *',
  runOnStartup: true,
  retry: {
    strategy: 'exponentialBackoff',
    maxRetryCount: 5,
    minimumInterval: { seconds: 60 },
    maximumInterval: { seconds: 120 },
  },
  handler: (timer, context) => {
    context.log(
      'growing:',
      JSON.stringify({ count: context.retryContext.retryCount, now: Date.now() }),
    );
    if (context.retryContext.retryCount < 3) throw new Error('not yet');
  },
});
