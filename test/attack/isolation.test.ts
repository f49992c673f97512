import { createMemoryStores } from '../../local/storage/memoryStores.ts';
import { attackedApp } from './attackedApp.ts';
import { isolationSuite } from './isolationSuite.ts';

isolationSuite(() => attackedApp({ stores: createMemoryStores() }), 150);
