import { app, type HttpRequest, type HttpResponseInit } from '@azure/functions';
import { z } from 'zod';
import { batchIdSchema } from '../shared/contracts/ids.ts';
import type { Migration } from '../shared/contracts/migration.ts';
import { outcomeSchema } from '../shared/contracts/outcome.ts';
import { pageQuerySchema } from '../shared/http/pageQuery.ts';
import { tasksCsv } from '../shared/http/tasksCsv.ts';
import type { Stores } from '../shared/storage/stores.ts';
import { answerList, parseQuery } from './answerList.ts';
import { findMigration } from './findMigration.ts';
import type { Services } from './services.ts';

const querySchema = pageQuerySchema(200, 1_000).extend({
  batchId: batchIdSchema.optional(),
  outcome: z.enum([...outcomeSchema.options, 'pending']).optional(),
});

/** `GET /migrations/{id}/tasks`: every task with its workloads, errors and remedies; as JSON in pages, as CSV whole. */
export function registerListTasks({ stores }: Services): void {
  app.http('listTasks', {
    route: 'migrations/{id}/tasks',
    methods: ['GET'],
    authLevel: 'function',
    handler: async (request) => {
      const found = await findMigration(request, stores);
      if (!found.ok) return found.problem;
      const { migration } = found;
      if (prefersCsv(request)) return answerCsv(request, migration, stores);
      return answerList(request, querySchema, (options) => stores.tasks.list(migration.id, options));
    },
  });
}

async function answerCsv(request: HttpRequest, migration: Migration, stores: Stores): Promise<HttpResponseInit> {
  const query = parseQuery(request, querySchema);
  if (!query.ok) return query.problem;
  const { batchId, outcome } = query.value;
  return {
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="${migration.id}-tasks.csv"`,
    },
    body: await tasksCsv((continuationToken) =>
      stores.tasks.list(migration.id, { pageSize: 1_000, batchId, outcome, continuationToken }),
    ),
  };
}

/** True when `text/csv` is asked for by name, and not after JSON. */
function prefersCsv(request: HttpRequest): boolean {
  const accepted = (request.headers.get('accept') ?? '').toLowerCase();
  const csv = accepted.indexOf('text/csv');
  const json = accepted.indexOf('application/json');
  return csv !== -1 && (json === -1 || csv < json);
}
