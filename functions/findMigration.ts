import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import { migrationIdSchema } from '../shared/contracts/ids.ts';
import type { Migration } from '../shared/contracts/migration.ts';
import { problemResponse } from '../shared/http/problemResponse.ts';
import type { Stores } from '../shared/storage/stores.ts';

/** The migration that a request's route names, or the 404 to answer with. The id is checked before storage is asked. */
export async function findMigration(
  request: HttpRequest,
  stores: Stores,
): Promise<
  | { readonly ok: true; readonly migration: Migration }
  | { readonly ok: false; readonly problem: HttpResponseInit }
> {
  const id = migrationIdSchema.safeParse(request.params['id']);
  const migration = id.success ? await stores.migrations.get(id.data) : undefined;
  if (migration !== undefined) return { ok: true, migration };
  return {
    ok: false,
    problem: problemResponse(
      404,
      'migrationNotFound',
      'there is no migration of this id; GET /migrations lists them',
    ),
  };
}
