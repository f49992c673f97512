import { app } from '@azure/functions';
import { registerOrchestrations } from '../orchestrations/register.ts';
import { ConfigError } from '../shared/config/config.ts';
import { registerRoutes } from './http/registerRoutes.ts';
import { registerRequestQueue, registerPoisonMessages } from './queues/migrationRequests.ts';
import { routes } from './routes.ts';
import { createServices, prepareStorage } from './services.ts';
import { registerSweep } from './timers/sweep.ts';

// A wrong setting must not stop the start: the host would find no functions, and callers would only
// get 404.
const services = createServices(process.env);
registerRoutes(routes, services);
if (services.misconfigured === undefined) {
  registerSweep(services);
  registerRequestQueue(services);
  registerPoisonMessages(services);
  registerOrchestrations(() => services);
  app.hook.appStart(() => prepareStorage(services.stores));
} else {
  const { message } = new ConfigError(services.misconfigured);
  console.error(
    `${message}\nThe app does not work until you correct them: every route returns 503.`,
  );
}
