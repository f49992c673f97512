const df = require('durable-functions');

df.app.orchestration('chain', function* (context) {
  let sum = context.df.getInput();
  for (const b of [10, 200, 3000]) sum = yield context.df.callActivity('add', { a: sum, b });
  return sum;
});

df.app.orchestration('fanOut', function* (context) {
  const count = context.df.getInput();
  const tasks = Array.from({ length: count }, (_, index) =>
    context.df.callActivity('add', { a: index, b: 1 }),
  );
  const results = yield context.df.Task.all(tasks);
  return {
    count: results.length,
    sum: results.reduce((a, b) => a + b, 0),
    inOrder: results.every((value, index) => value === index + 1),
  };
});

df.app.orchestration('race', function* (context) {
  const { seconds } = context.df.getInput();
  const timer = context.df.createTimer(
    new Date(context.df.currentUtcDateTime.getTime() + seconds * 1000),
  );
  const approval = context.df.waitForExternalEvent('approval');
  const winner = yield context.df.Task.any([timer, approval]);
  if (winner === timer) return { winner: 'timer' };
  timer.cancel();
  return { winner: 'event', value: approval.result };
});

df.app.orchestration('retries', function* (context) {
  const { times, attempts } = context.df.getInput();
  const options = new df.RetryOptions(60_000, attempts);
  options.backoffCoefficient = 2;
  return yield context.df.callActivityWithRetry('failTimes', options, {
    key: context.df.instanceId,
    times,
  });
});

df.app.orchestration('parent', function* (context) {
  const results = [];
  for (const n of [1, 2])
    results.push(
      yield context.df.callSubOrchestrator('child', { n }, `${context.df.instanceId}-${n}`),
    );
  return results;
});
df.app.orchestration('child', function* (context) {
  const { n } = context.df.getInput();
  return yield context.df.callSubOrchestrator('grandchild', { n: n * 10 });
});
df.app.orchestration('grandchild', function* (context) {
  return yield context.df.callActivity('add', { a: context.df.getInput().n, b: 1 });
});

df.app.orchestration('generations', function* (context) {
  const { left, sum } = context.df.getInput();
  if (left === 0) return sum;
  const next = yield context.df.callActivity('add', { a: sum, b: left });
  context.df.continueAsNew({ left: left - 1, sum: next });
});

df.app.orchestration('failing', function* (context) {
  yield context.df.callActivity('fail', 'the disk is full');
});

df.app.orchestration('waiting', function* (context) {
  context.df.setCustomStatus('waits for go');
  const value = yield context.df.waitForExternalEvent('go');
  return yield context.df.callActivity('echo', value);
});

df.app.orchestration('steps', function* (context) {
  for (let step = 0; step < context.df.getInput(); step += 1) {
    context.df.setCustomStatus({ step });
    yield context.df.callActivity('slow', step);
  }
  return 'done';
});
