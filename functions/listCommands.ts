import { app } from '@azure/functions';
import { answeredCommands } from '../shared/domain/answeredCommands.ts';
import { findMigration } from './findMigration.ts';
import type { Services } from './services.ts';

/** `GET /migrations/{id}/commands`: what was asked of a migration, oldest first, and what became of each. */
export function registerListCommands({ stores }: Services): void {
  app.http('listCommands', {
    route: 'migrations/{id}/commands',
    methods: ['GET'],
    authLevel: 'function',
    handler: async (request) => {
      const found = await findMigration(request, stores);
      if (!found.ok) return found.problem;
      return { jsonBody: { value: answeredCommands(await stores.commands.book(found.migration.id)) } };
    },
  });
}
