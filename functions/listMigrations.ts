import { app } from '@azure/functions';
import { migrationsQuerySchema } from '../shared/http/listQueries.ts';
import { answerList } from './answerList.ts';
import { guard } from './guard.ts';
import type { Services } from './services.ts';

/** `GET /migrations`: newest first, paged. */
export function registerListMigrations({ stores, authentication, allowedTenants }: Services): void {
  app.http('listMigrations', {
    route: 'migrations',
    methods: ['GET'],
    ...guard({ authentication, allowedTenants }, 'Migrations.Read', (request) => answerList(request, migrationsQuerySchema, (query) => stores.migrations.list(query))),
  });
}
