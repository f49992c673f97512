import { appOperations } from './appOperations.ts';
import { commandOperations } from './commandOperations.ts';
import { migrationOperations } from './migrationOperations.ts';
import type { Operation } from './operation.ts';

/** Every route of the app. A new one is an entry in one of the lists; a test holds them against what the app registers. */
export const operations = (): readonly Operation[] => [
  ...migrationOperations(),
  ...commandOperations(),
  ...appOperations(),
];
