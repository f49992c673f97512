import { app } from '@azure/functions';
import { migrationsQuerySchema } from '../shared/http/listQueries.ts';
import { answerList } from './answerList.ts';
import { guard } from './guard.ts';
import type { Services } from './services.ts';

/** `GET /migrations`: newest first, paged. */
export function registerListMigrations({ stores, ...access }: Services): void {
  app.http('listMigrations', {
    route: 'migrations',
    methods: ['GET'],
    ...guard(access, 'Migrations.Read', (request) => answerList(request, migrationsQuerySchema, (query) => stores.migrations.list(query))),
  });
}
