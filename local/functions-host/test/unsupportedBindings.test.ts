import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { ScaledClock } from '../../clock/scaledClock.ts';
import { FunctionErrors } from '../functionErrors.ts';
import { httpFunctions } from '../http/routeTable.ts';
import { createListeners } from '../listeners.ts';
import { HostLog } from '../log.ts';
import { QueueClients } from '../queue/queueClients.ts';
import { readHostJson } from '../settings/hostJson.ts';
import { acceptFunctions } from '../worker/acceptFunctions.ts';
import { AppWorker } from '../worker/appWorker.ts';
import { provideCore } from '../worker/programmingModel.ts';

let logged = '';
const log = new HostLog((text) => (logged += text));
const worker = new AppWorker(log);
provideCore(worker.coreModule());
const require = createRequire(import.meta.url);
const app = require.resolve('./apps/refused/index.cjs');

/**
 * Registers one function of the app `refused` and connects it to its trigger, as the host does at
 * its start. Returns the list of functions in error.
 */
function connect(name: string, environment: Record<string, string>): string {
  logged = '';
  const before = new Set(worker.registrations);
  process.env['REFUSE'] = name;
  Reflect.deleteProperty(require.cache, app);
  require(app);
  const added = worker.registrations.filter((registration) => !before.has(registration));
  const errors = new FunctionErrors();
  const functions = acceptFunctions(added, errors, { environment }).map(
    ({ registered }) => registered,
  );
  const { extensions } = readHostJson(
    new URL('apps/refused', import.meta.url).pathname,
    environment,
  );
  httpFunctions(functions, extensions.http.routePrefix, errors);
  createListeners({
    functions,
    errors,
    settings: extensions.queues,
    clients: new QueueClients(environment),
    clock: new ScaledClock(),
    environment,
    statusDir: '/nowhere',
    invoke: () => Promise.reject(new Error('nothing runs here')),
    log,
  });
  errors.report(log);
  return logged;
}

const storage = { AzureWebJobsStorage: 'UseDevelopmentStorage=true' };

it.each<[string, Record<string, string>, RegExp]>([
  [
    'entity',
    {},
    /function 'counter' is a durable entity\n.*Core Tools\. AzureWebJobs\.<function>\.Disabled=true/,
  ],
  ['blobTrigger', storage, / {4}function 'onBlob' has a binding of type 'blobTrigger'/],
  ['blobInput', storage, / {4}function 'withBlob' has a binding of type 'blob' \(in\)/],
  ['tableOutput', storage, / {4}function 'withTable' has a binding of type 'table' \(out\)/],
  ['serviceBus', {}, / {4}function 'onMessage' has a binding of type 'serviceBusTrigger'/],
  ['schedule', {}, / {4}function 'badTimer': the schedule '0 61 \* \* \* \*' is neither NCRONTAB/],
  ['missingSetting', {}, / {4}function 'unset': the setting of %NOWHERE% is missing; set NOWHERE/],
  ['missingConnection', {}, / {4}function 'unconnected': the setting NoSuchStorage is missing/],
  [
    'identity',
    { Account__accountName: 'x' },
    / {4}function 'byIdentity': the connection 'Account' is identity-based/,
  ],
  [
    'badConnection',
    { Garbled: 'nonsense' },
    / {4}function 'garbled': the setting Garbled is not a storage connection string/,
  ],
  ['queueName', storage, / {4}function 'misnamed': 'Not_A_Queue' is not a queue name/],
  [
    'route',
    {},
    / {4}function 'badRoute': the route 'api\/a\/\{b:colour\}' cannot be read: 'colour' is not a route constraint/,
  ],
  [
    'reserved',
    { AzureFunctionsJobHost__extensions__http__routePrefix: '' },
    / {4}function 'taken': the route 'admin\/x' is reserved by the host/,
  ],
  ['duplicate', {}, / {4}function 'twice': two functions have this name/],
])('%s is in error, with the reason', (name, environment, message) => {
  expect(connect(name, environment)).toMatch(message);
});

it('all functions in error are in one entry, with all bindings that are not supported', () => {
  expect(connect('several', storage)).toMatch(
    /^\[\S+\] 3 functions are in error and cannot run here\. All others run\.\n {4}function 'both' has bindings of type 'blob' \(in\), 'table' \(out\)\n {4}function 'tally' .*\n {4}function 'impossible': .*\n {2}This host has HTTP/,
  );
});

it('only the functions of --functions are accepted', () => {
  const accepted = acceptFunctions(worker.registrations, new FunctionErrors(), {
    environment: {},
    only: ['UNSET', 'none'],
  });
  expect(accepted.map(({ registered }) => registered.name)).toEqual(['unset']);
});
