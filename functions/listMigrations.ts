import { app } from '@azure/functions';
import type { Freeze } from '../shared/contracts/freeze.ts';
import type { Migration } from '../shared/contracts/migration.ts';
import { isFinalPhase } from '../shared/domain/finalPhase.ts';
import { withFreeze } from '../shared/domain/freeze.ts';
import { migrationsQuerySchema } from '../shared/http/listQueries.ts';
import type { Page } from '../shared/storage/stores.ts';
import { answerList } from './answerList.ts';
import { guard } from './guard.ts';
import type { Services } from './services.ts';

/** `GET /migrations`: newest first, paged. During a freeze those that have not ended say so. */
export function registerListMigrations({ stores, ...access }: Services): void {
  app.http('listMigrations', {
    route: 'migrations',
    methods: ['GET'],
    ...guard(access, 'Migrations.Read', (request) =>
      answerList(request, migrationsQuerySchema, async (query) =>
        shownMigrations(
          ...(await Promise.all([stores.migrations.list(query), stores.freezes.current()])),
        ),
      ),
    ),
  });
}

function shownMigrations(page: Page<Migration>, frozen: Freeze | null): Page<Migration> {
  return {
    ...page,
    items: page.items.map((migration) =>
      isFinalPhase(migration.phase)
        ? migration
        : { ...migration, message: withFreeze(migration.message, frozen) },
    ),
  };
}
