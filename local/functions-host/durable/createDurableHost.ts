import type { DurableHost, DurableOptions } from './durableHost.ts';
import { Engine } from './engine.ts';
import { ManagementApi } from './managementApi.ts';
import { clientPayload } from './startInstance.ts';

/** Makes the durable part of the host; nothing runs before `start`. */
export function createDurableHost(options: DurableOptions): DurableHost {
  const engine = new Engine(options);
  const api = new ManagementApi(engine);
  return {
    start: () => engine.start(),
    stop: () => engine.stop(),
    idle: () => engine.idle(),
    handle: (request) => api.handle(request),
    clientPayload: (bases) => clientPayload({ taskHub: engine.settings.hubName, ...bases }),
  };
}
