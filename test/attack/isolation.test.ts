import { createMemoryStores } from '../memoryStores/memoryStores.ts';
import { attackedApp } from './attackedApp.ts';
import { isolationSuite } from './isolationSuite.ts';

isolationSuite(() => attackedApp({ stores: createMemoryStores() }), 150);
