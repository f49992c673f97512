import { app } from '@azure/functions';
import { registerOrchestrations } from '../orchestrations/register.ts';
import { ConfigError } from '../shared/config/config.ts';
import { registerListCommands, registerCommands } from './http/commands.ts';
import { registerListFreezes, registerFreeze } from './http/freeze.ts';
import { registerHealth, registerHealthLive } from './http/health.ts';
import {
  registerGetMigration,
  registerListEvents,
  registerListMigrations,
  registerCreateMigration,
} from './http/migrations.ts';
import { registerGetOpenApi } from './http/openApi.ts';
import {
  registerListRejectionEvents,
  registerListRejections,
  registerReplayRejection,
} from './http/rejections.ts';
import { registerListTasks } from './http/tasks.ts';
import { registerRequestQueue, registerPoisonMessages } from './queues/migrationRequests.ts';
import { createServices, prepareStorage } from './services.ts';
import { registerSweep } from './timers/sweep.ts';

// A wrong setting must not stop the start: the host would find no functions, and callers would only
// get 404.
const services = createServices(process.env);

registerCreateMigration(services);
registerCommands(services);
registerListCommands(services);
registerListEvents(services);
registerFreeze(services);
registerListFreezes(services);
registerReplayRejection(services);
registerListMigrations(services);
registerGetMigration(services);
registerListTasks(services);
registerListRejections(services);
registerListRejectionEvents(services);
registerHealth(services);
registerHealthLive(services);
registerGetOpenApi(services);

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
