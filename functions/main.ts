import { app } from '@azure/functions';
import { ConfigError } from '../shared/config/configError.ts';
import { registerOrchestrations } from '../orchestrations/register.ts';
import { registerGetMigration } from './getMigration.ts';
import { registerGetOpenApi } from './getOpenApi.ts';
import { registerHealth } from './health.ts';
import { registerHealthLive } from './healthLive.ts';
import { registerListCommands } from './listCommands.ts';
import { registerListEvents } from './listEvents.ts';
import { registerListFreezes } from './listFreezes.ts';
import { registerListMigrations } from './listMigrations.ts';
import { registerListRejectionEvents, registerListRejections } from './listRejections.ts';
import { registerListTasks } from './listTasks.ts';
import { registerMigrationRequests } from './migrationRequests.ts';
import { registerMigrationRequestsPoison } from './migrationRequestsPoison.ts';
import { registerPostCommands } from './postCommands.ts';
import { registerPostFreeze } from './postFreeze.ts';
import { registerPostMigrations } from './postMigrations.ts';
import { registerPostReplay } from './postReplay.ts';
import { prepareStorage } from './prepareStorage.ts';
import { createServices } from './services.ts';
import { registerSweepUnstarted } from './sweepUnstarted.ts';

// A wrong setting must not stop the start: the host would find no function, and nobody would hear why.
const services = createServices(process.env);

registerPostMigrations(services);
registerPostCommands(services);
registerListCommands(services);
registerListEvents(services);
registerPostFreeze(services);
registerListFreezes(services);
registerPostReplay(services);
registerListMigrations(services);
registerGetMigration(services);
registerListTasks(services);
registerListRejections(services);
registerListRejectionEvents(services);
registerHealth(services);
registerHealthLive(services);
registerGetOpenApi(services);

if (services.misconfigured === undefined) {
  registerSweepUnstarted(services);
  registerMigrationRequests(services);
  registerMigrationRequestsPoison(services);
  registerOrchestrations(() => services);
  app.hook.appStart(() => prepareStorage(services.stores));
} else {
  const { message } = new ConfigError(services.misconfigured);
  console.error(`${message}\nThe app does no work until they are right: every route answers 503.`);
}
