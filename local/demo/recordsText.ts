import { join } from 'node:path';
import { styleText } from 'node:util';
import type { MigrationDetail } from './apiClient.ts';

/** Where the records of the demo lie, and how to look at them. */
export function recordsText(dataDir: string, migrations: readonly MigrationDetail[]): string {
  const id = migrations[0]?.id ?? '<id>';
  const tasksUrl = `http://127.0.0.1:7071/api/migrations/${id}/tasks`;
  return [
    `They stay in ${dataDir}:`,
    '  azurite/  tables migrations, batches, tasks, commands, events; blobs requests, audit-anchors; queue migration-outcomes',
    '  host/     the journal of the orchestrations',
    '  graph/    the jobs and SharePoint tasks of the Graph emulator',
    '  logs/     what the processes wrote',
    'To look at them, bring the same stack up again and ask the app:',
    styleText('cyan', `  npm run local -- --data ${dataDir}`),
    styleText('cyan', "  AzureWebJobsStorage='<what it prints as storage>' npm run verify-audit"),
    styleText('cyan', `  curl '${tasksUrl}?outcome=failed'`),
    styleText(
      'cyan',
      `  curl -H 'Accept: text/csv' -o ${join(dataDir, 'tasks.csv')} \\\n       ${tasksUrl}`,
    ),
  ].join('\n');
}
