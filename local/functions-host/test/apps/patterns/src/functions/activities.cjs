const df = require('durable-functions');

const tries = new Map();

df.app.activity('add', { handler: ({ a, b }) => a + b });
df.app.activity('echo', { handler: (value) => value });
df.app.activity('slow', {
  handler: (value) => new Promise((resolve) => setTimeout(resolve, 300, value)),
});
df.app.activity('fail', {
  handler: (text) => {
    throw new Error(text);
  },
});
// Fails `times` times, then returns the instants of all tries.
df.app.activity('failTimes', {
  handler: ({ key, times }) => {
    const instants = [...(tries.get(key) ?? []), Date.now()];
    tries.set(key, instants);
    if (instants.length <= times) throw new Error(`try ${instants.length} fails`);
    return instants;
  },
});
