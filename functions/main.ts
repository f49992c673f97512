import { app } from '@azure/functions';
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
import { createServices } from './services.ts';
import { registerSweepUnstarted } from './sweepUnstarted.ts';

// A wrong setting must stop the app here, with the list of what is wrong, and not in the middle of a migration.
const services = createServices(process.env);

registerPostMigrations(services);
registerPostCommands(services);
registerListCommands(services);
registerListEvents(services);
registerPostFreeze(services);
registerListFreezes(services);
registerPostReplay(services);
registerSweepUnstarted(services);
registerListMigrations(services);
registerGetMigration(services);
registerListTasks(services);
registerListRejections(services);
registerListRejectionEvents(services);
registerHealth(services);
registerHealthLive();
registerGetOpenApi();
registerMigrationRequests(services);
registerMigrationRequestsPoison(services);
registerOrchestrations(() => services);

app.hook.appStart(() => services.stores.prepare());
