import { type ClientAddresses, clientPayload } from './clientBinding.ts';
import type { DurableOptions } from './durableOptions.ts';
import { Engine } from './engine.ts';
import { ManagementApi } from './managementApi.ts';
import type { DurableHttpRequest, DurableHttpResponse } from './managementHttp.ts';

/** The durable part of the host: engine, client binding and management API. */
export interface DurableHost {
  /** Reads the journal and continues all orchestrations in it. @throws DataInUseError */
  start(): Promise<void>;
  /** Waits until running functions end, writes their results and closes the journal. */
  stop(): Promise<void>;
  /**
   * Resolves when nothing runs or is queued, so that only timers and requests can start new work.
   */
  idle(): Promise<void>;
  /**
   * Handles a request to the management API; never rejects. `path` is the part after
   * `/runtime/webhooks/durabletask/` on the public port or `/durabletask/` on the RPC port. The
   * caller checks the key.
   */
  handle(request: DurableHttpRequest): Promise<DurableHttpResponse>;
  /** Returns the JSON text of a `durableClient` input binding. */
  clientPayload(addresses: ClientAddresses): string;
}

/**
 * Creates the durable part of the host; nothing runs before `start`.
 * @throws HostStartError for a bad setting
 */
export function createDurableHost(options: DurableOptions): DurableHost {
  const engine = new Engine(options);
  const api = new ManagementApi(engine);
  return {
    start: () => engine.start(),
    stop: () => engine.stop(),
    idle: () => engine.idle(),
    handle: (request) => api.handle(request),
    clientPayload: (addresses) => clientPayload(addresses, engine.settings.hubName),
  };
}
