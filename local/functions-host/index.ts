/**
 * The parts of the host that other code of this project uses. They run a Functions app inside the
 * caller's own process: the simulation and the replay tests do that. To run an app as a process,
 * use the command line (`cli.ts`).
 */

// The durable engine.
export { createDurableHost, type DurableHost } from './durable/durableHost.ts';
export type { DurableInvoke, InterruptedInvocation } from './durable/durableOptions.ts';
export { clientPayload } from './durable/clientBinding.ts';
export { managementRequest } from './durable/managementHttp.ts';

// Its journal and histories.
export type { Entry, Instance } from './durable/instance.ts';
export { InstanceTable } from './durable/instanceTable.ts';
export type { EngineJournal, JournalOptions } from './durable/journal.ts';
export { eventTypes, type HistoryEvent } from './durable/historyEvent.ts';

// One turn of an orchestrator, for replay.
export { type Action, actionTypes, orchestratorStateSchema } from './durable/action.ts';
export { parseDurableSettings } from './durable/durableSettings.ts';
export { readOrchestratorResult } from './durable/orchestratorResult.ts';
export { endTurn } from './durable/turn.ts';
export type { TurnStart } from './durable/turnEntry.ts';

// The worker that loads the app and runs its functions.
export {
  type Invocation,
  type InvocationOutcome,
  type Invoke,
  triggerOf,
  type TypedData,
} from './invocation/invocation.ts';
export { FunctionRunner } from './invocation/functionRunner.ts';
export { AppWorker, type Registration } from './worker/appWorker.ts';
export { provideCore } from './worker/programmingModel.ts';
export { runInvocation } from './worker/runInvocation.ts';
export { HostLog } from './log.ts';

// HTTP and queues.
export { AdminApi } from './http/adminApi.ts';
export { HostKeys } from './http/hostKeys.ts';
export { HostServer } from './http/hostServer.ts';
export { RequestHandler } from './http/requestHandler.ts';
export { emptyResponse, type HostResponse, jsonResponse } from './http/response.ts';
export { type HttpFunction, httpFunctions, RouteTable } from './http/routeTable.ts';
export { decodeMessage, messageInvocation } from './queue/queueMessages.ts';
export { readHostJson } from './settings/hostJson.ts';

// The lock of a data folder.
export { DataInUseError, lockFolder } from './folderLock.ts';
