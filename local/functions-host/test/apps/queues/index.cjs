const { app, output } = require('@azure/functions');

const connection = 'AzureWebJobsStorage';
const queue = (queueName, options) => output.storageQueue({ queueName, connection, ...options });

app.storageQueue('reader', {
  queueName: '%READER_QUEUE%',
  connection,
  return: queue('readings'),
  handler: (entry, context) => ({
    entry,
    type: typeof entry,
    metadata: context.triggerMetadata,
    now: new Date().toISOString(),
  }),
});

app.storageQueue('binary', {
  queueName: 'binary',
  connection,
  dataType: 'binary',
  return: queue('binary-out'),
  handler: (entry) => ({ isBuffer: Buffer.isBuffer(entry), bytes: [...entry] }),
});

app.storageQueue('failing', {
  queueName: 'failing',
  connection,
  handler: (entry, context) => {
    context.log(`failing sees ${entry} for the ${context.triggerMetadata.dequeueCount}. time`);
    throw new Error('cannot be done');
  },
});
app.storageQueue('failingPoison', {
  queueName: 'failing-poison',
  connection,
  handler: (entry, context) =>
    context.log(`poisoned: ${entry} dequeued ${context.triggerMetadata.dequeueCount}`),
});

app.storageQueue('stubbornPoison', {
  queueName: 'stubborn-poison',
  connection,
  handler: (entry, context) => {
    context.log(`stubborn sees ${entry}`);
    throw new Error('cannot be done');
  },
});

let running = 0;
let most = 0;
app.storageQueue('crowd', {
  queueName: 'crowd',
  connection,
  handler: async (entry, context) => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 100));
    running -= 1;
    context.log(`crowd ${entry}, at most ${most} at once`);
  },
});

const values = {
  text: 'a text',
  object: { a: 1 },
  array: ['one', { two: 2 }, 3],
  bytes: Buffer.from('bytes'),
  number: 42,
  flag: true,
  nothing: null,
};
const sent = queue('sent');
app.get('send', {
  route: 'send/{kind}',
  extraOutputs: [sent],
  handler: (request, context) => {
    context.extraOutputs.set(sent, values[request.params.kind]);
    return { body: 'sent' };
  },
});

const named = queue('named-{kind}');
app.get('sendNamed', {
  route: 'named/{kind}',
  extraOutputs: [named],
  handler: (request, context) => {
    context.extraOutputs.set(named, request.params.kind);
    return { body: 'sent' };
  },
});
