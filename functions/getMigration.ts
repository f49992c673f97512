import { app } from '@azure/functions';
import type { MigrationDetail } from '../shared/contracts/answers/migrationDetail.ts';
import { addCounts } from '../shared/domain/counts.ts';
import { personNeedSteps } from '../shared/domain/personNeed.ts';
import { mergeFailures } from '../shared/domain/mergeFailures.ts';
import { findMigration } from './findMigration.ts';
import { guard } from './guard.ts';
import type { Services } from './services.ts';

/** `GET /migrations/{id}`: one migration with its batches, and why users fail. Counts and reasons are summed up from the batches' rows, never from the tasks. */
export function registerGetMigration({ stores, ...access }: Services): void {
  app.http('getMigration', {
    route: 'migrations/{id}',
    methods: ['GET'],
    ...guard(access, 'Migrations.Read', async (request) => {
      const found = await findMigration(request, stores);
      if (!found.ok) return found.problem;
      const batches = await stores.batches.list(found.migration.id);
      const { migration } = found;
      const detail: MigrationDetail = {
        ...migration,
        counts: migration.phase === 'running' ? addCounts(batches.map(({ counts }) => counts)) : migration.counts,
        ...mergeFailures(batches.map(({ failures }) => failures)),
        needsPerson: batches.flatMap(({ batchId, needsPerson: need, message }) => (need === null ? [] : [{ batchId, need, message: message ?? personNeedSteps[need] }])),
        batches: [...batches],
      };
      return { jsonBody: detail };
    }),
  });
}
