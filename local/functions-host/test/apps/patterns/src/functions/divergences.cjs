const df = require('durable-functions');

let turns = 0;
// Takes another path at every replay, as code does that reads a clock or a random number.
df.app.orchestration('nonDeterministic', function* (context) {
  turns += 1;
  if (turns % 2 === 1) yield context.df.callActivity('echo', 'one way');
  else yield context.df.callActivity('add', { a: 1, b: 1 });
  return 'unnoticed';
});

// The task that won is yielded in a second compound: the action list repeats it, and the host would
// schedule it again.
df.app.orchestration('taskInTwoCompounds', function* (context) {
  const tasks = [1, 2, 3].map((a) => context.df.callActivity('add', { a, b: 0 }));
  yield context.df.Task.any(tasks);
  const results = yield context.df.Task.all(tasks);
  return results;
});

// The code continues after the first failure while the host waits for the retries of the sibling:
// the ids diverge.
df.app.orchestration('failureBesideRetries', function* (context) {
  const retry = new df.RetryOptions(1000, 3);
  try {
    yield context.df.Task.all([
      context.df.callActivity('fail', 'at once'),
      context.df.callActivityWithRetry('failTimes', retry, {
        key: context.df.instanceId,
        times: 2,
      }),
    ]);
  } catch {
    // The clean-up follows.
  }
  return { cleanUp: yield context.df.callActivity('echo', 'cleaned') };
});
