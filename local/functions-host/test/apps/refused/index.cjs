const { app, input, output } = require('@azure/functions');
const df = require('durable-functions');

const handler = () => undefined;
const cases = {
  entity: () => df.app.entity('counter', (context) => context.df.setState(1)),
  blobTrigger: () =>
    app.storageBlob('onBlob', { path: 'in/{name}', connection: 'AzureWebJobsStorage', handler }),
  blobInput: () =>
    app.get('withBlob', {
      extraInputs: [input.storageBlob({ path: 'in/x', connection: 'AzureWebJobsStorage' })],
      handler,
    }),
  tableOutput: () =>
    app.get('withTable', {
      extraOutputs: [output.table({ tableName: 't', connection: 'AzureWebJobsStorage' })],
      handler,
    }),
  serviceBus: () =>
    app.serviceBusQueue('onMessage', { queueName: 'q', connection: 'Bus', handler }),
  schedule: () => app.timer('badTimer', { schedule: '0 61 * * * *', handler }),
  missingSetting: () => app.timer('unset', { schedule: '%NOWHERE%', handler }),
  missingConnection: () =>
    app.storageQueue('unconnected', { queueName: 'work', connection: 'NoSuchStorage', handler }),
  identity: () =>
    app.storageQueue('byIdentity', { queueName: 'work', connection: 'Account', handler }),
  badConnection: () =>
    app.storageQueue('garbled', { queueName: 'work', connection: 'Garbled', handler }),
  queueName: () =>
    app.storageQueue('misnamed', {
      queueName: 'Not_A_Queue',
      connection: 'AzureWebJobsStorage',
      handler,
    }),
  route: () => app.get('badRoute', { route: 'a/{b:colour}', handler }),
  reserved: () => app.get('taken', { route: 'admin/x', handler }),
  several: () => {
    app.get('both', {
      extraInputs: [input.storageBlob({ path: 'in/x', connection: 'AzureWebJobsStorage' })],
      extraOutputs: [output.table({ tableName: 't', connection: 'AzureWebJobsStorage' })],
      handler,
    });
    df.app.entity('tally', (context) => context.df.setState(1));
    app.timer('impossible', { schedule: '0 61 * * * *', handler });
    app.get('fine', { handler: () => ({ body: 'runs' }) });
  },
  duplicate: () => {
    app.get('Twice', { handler });
    app.get('twice', { handler });
  },
  throws: () => {
    throw new Error('a setting is missing: TENANT');
  },
  startHook: () => {
    app.get('fine', { handler });
    app.hook.appStart(() => Promise.reject(new Error('no database')));
  },
};
cases[process.env.REFUSE]();
