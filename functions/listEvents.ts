import { app } from '@azure/functions';
import { eventsQuerySchema } from '../shared/http/listQueries.ts';
import { answerList } from './answerList.ts';
import { findMigration } from './findMigration.ts';
import { guard } from './guard.ts';
import type { Services } from './services.ts';

/** `GET /migrations/{id}/events`: the audit trail from its start, paged; each event carries the hash of the one before. */
export function registerListEvents({ stores, ...access }: Services): void {
  app.http('listEvents', {
    route: 'migrations/{id}/events',
    methods: ['GET'],
    ...guard(access, 'Migrations.Read', async (request) => {
      const found = await findMigration(request, stores);
      if (!found.ok) return found.problem;
      return answerList(request, eventsQuerySchema, (query) =>
        stores.audit.list(found.migration.id, query),
      );
    }),
  });
}
