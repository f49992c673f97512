import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { ScaledClock } from '../../clock/scaledClock.ts';
import { httpFunctions, RouteTable } from '../http/routeTable.ts';
import { createListeners } from '../listeners.ts';
import { HostLog } from '../log.ts';
import { QueueClients } from '../queue/queueClients.ts';
import { readHostJson } from '../settings/hostJson.ts';
import { acceptFunctions } from '../worker/acceptFunctions.ts';
import { AppWorker } from '../worker/appWorker.ts';
import { provideCore } from '../worker/programmingModel.ts';

const log = new HostLog(() => undefined);
const worker = new AppWorker(log);
provideCore(worker.coreModule());
const require = createRequire(import.meta.url);
const app = require.resolve('./apps/refused/index.cjs');

/**
 * Registers one function of the app `refused` and connects it to its trigger, as the host does at
 * its start.
 */
function connect(name: string, environment: Record<string, string>): void {
  const before = new Set(worker.registrations);
  process.env['REFUSE'] = name;
  Reflect.deleteProperty(require.cache, app);
  require(app);
  const added = worker.registrations.filter((registration) => !before.has(registration));
  const functions = acceptFunctions(added, environment).map(({ registered }) => registered);
  const { extensions } = readHostJson(
    new URL('apps/refused', import.meta.url).pathname,
    environment,
  );
  new RouteTable(httpFunctions(functions, extensions.http.routePrefix));
  createListeners({
    functions,
    settings: extensions.queues,
    clients: new QueueClients(environment),
    clock: new ScaledClock(),
    environment,
    statusDir: '/nowhere',
    invoke: () => Promise.reject(new Error('nothing runs here')),
    log,
  });
}

const storage = { AzureWebJobsStorage: 'UseDevelopmentStorage=true' };

it.each<[string, Record<string, string>, RegExp]>([
  ['entity', {}, /^function 'counter' is a durable entity.*AzureWebJobs\.counter\.Disabled=true/],
  ['blobTrigger', storage, /^function 'onBlob' has a binding of type 'blobTrigger'/],
  ['blobInput', storage, /^function 'withBlob' has a binding of type 'blob' \(in\)/],
  ['tableOutput', storage, /^function 'withTable' has a binding of type 'table' \(out\)/],
  ['serviceBus', {}, /^function 'onMessage' has a binding of type 'serviceBusTrigger'/],
  ['schedule', {}, /^function 'badTimer': the schedule '0 61 \* \* \* \*' is neither NCRONTAB/],
  ['missingSetting', {}, /^function 'unset': the setting of %NOWHERE% is missing; set NOWHERE/],
  ['missingConnection', {}, /^function 'unconnected': the setting NoSuchStorage is missing/],
  [
    'identity',
    { Account__accountName: 'x' },
    /^function 'byIdentity': the connection 'Account' is identity-based/,
  ],
  [
    'badConnection',
    { Garbled: 'nonsense' },
    /^function 'garbled': the setting Garbled is not a storage connection string/,
  ],
  ['queueName', storage, /^function 'misnamed': 'Not_A_Queue' is not a queue name/],
  [
    'route',
    {},
    /^function 'badRoute': the route 'api\/a\/\{b:colour\}' cannot be read: 'colour' is not a route constraint/,
  ],
  [
    'reserved',
    { AzureFunctionsJobHost__extensions__http__routePrefix: '' },
    /^function 'taken': the route 'admin\/x' is reserved by the host/,
  ],
  ['duplicate', {}, /^two functions are called 'twice'/],
])('the host refuses %s with the function and the remedy', (name, environment, message) => {
  expect(() => {
    connect(name, environment);
  }).toThrow(
    expect.objectContaining({
      name: 'HostStartError',
      message: expect.stringMatching(message) as unknown,
    }) as Error,
  );
});
