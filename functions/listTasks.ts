import { app, type HttpRequest, type HttpResponseInit } from '@azure/functions';
import type { Migration } from '../shared/contracts/migration.ts';
import { listedTasks } from '../shared/http/listedTasks.ts';
import { tasksQuerySchema } from '../shared/http/listQueries.ts';
import { tasksCsv } from '../shared/http/tasksCsv.ts';
import type { Stores } from '../shared/storage/stores.ts';
import { answerList, parseQuery } from './answerList.ts';
import { findMigration } from './findMigration.ts';
import { guard } from './guard.ts';
import type { Services } from './services.ts';

/** `GET /migrations/{id}/tasks`: every task with its workloads and errors, explained; as JSON in pages, as CSV whole. */
export function registerListTasks({ stores, ...access }: Services): void {
  app.http('listTasks', {
    route: 'migrations/{id}/tasks',
    methods: ['GET'],
    ...guard(access, 'Migrations.Read', async (request) => {
      const found = await findMigration(request, stores);
      if (!found.ok) return found.problem;
      const { migration } = found;
      if (prefersCsv(request)) return answerCsv(request, migration, stores);
      return answerList(request, tasksQuerySchema, (query) =>
        listedTasks(stores.tasks, migration.id, query),
      );
    }),
  });
}

async function answerCsv(
  request: HttpRequest,
  migration: Migration,
  stores: Stores,
): Promise<HttpResponseInit> {
  const query = parseQuery(request, tasksQuerySchema);
  if (!query.ok) return query.problem;
  return {
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="${migration.id}-tasks.csv"`,
    },
    body: await tasksCsv((continuationToken) =>
      listedTasks(stores.tasks, migration.id, {
        ...query.value,
        pageSize: 1_000,
        continuationToken,
      }),
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
