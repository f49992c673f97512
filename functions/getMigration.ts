import { app } from '@azure/functions';
import { findMigration } from './findMigration.ts';
import type { Services } from './services.ts';

/** `GET /migrations/{id}`: one migration with its batches. While it runs, the counts are summed up from the batches' tasks at their end. */
export function registerGetMigration({ stores }: Services): void {
  app.http('getMigration', {
    route: 'migrations/{id}',
    methods: ['GET'],
    authLevel: 'function',
    handler: async (request) => {
      const found = await findMigration(request, stores);
      if (!found.ok) return found.problem;
      const batches = await stores.batches.list(found.migration.id);
      return { jsonBody: { ...found.migration, batches } };
    },
  });
}
