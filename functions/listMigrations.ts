import { app } from '@azure/functions';
import { pageQuerySchema } from '../shared/http/pageQuery.ts';
import { answerList } from './answerList.ts';
import type { Services } from './services.ts';

/** `GET /migrations`: newest first, paged. */
export function registerListMigrations({ stores }: Services): void {
  app.http('listMigrations', {
    route: 'migrations',
    methods: ['GET'],
    authLevel: 'function',
    handler: (request) => answerList(request, pageQuerySchema(50, 200), (query) => stores.migrations.list(query)),
  });
}
