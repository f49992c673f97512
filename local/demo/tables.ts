import { join } from 'node:path';
import { styleText } from 'node:util';
import Table from 'cli-table3';
import type { CommandList, ListedTask } from '../../shared/contracts/responses.ts';
import { type OutcomeCounts, outcomeCountsSchema } from '../../shared/contracts/task.ts';
import type { MigrationDetail } from './apiClient.ts';
import { spanText } from './virtualTime.ts';

/** One row a command: what was asked, by whom, and what became of it. */
export function commandsTable(
  asked: readonly { readonly name: string; readonly commands: CommandList['value'] }[],
): string {
  const table = new Table({
    head: ['migration', 'asked', 'by', 'became', 'because'],
    colWidths: [11, 14, 24, 10, 41],
    wordWrap: true,
    style: { head: ['bold'], border: ['gray'] },
  });
  for (const { name, commands } of asked) {
    for (const { kind, by, state, results } of commands) {
      table.push([
        name,
        kind,
        by ?? '',
        styleText(state === 'applied' ? 'green' : 'yellow', state),
        results
          .map(({ batchId, detail }) => (batchId === null ? detail : `${batchId}: ${detail}`))
          .join('\n'),
      ]);
    }
  }
  return table.toString();
}

const alwaysShown: readonly (keyof OutcomeCounts)[] = [
  'succeeded',
  'validated',
  'failed',
  'invalid',
];

/**
 * One row a migration: how many users have which outcome, and how long it took on the stack's clock. Outcomes that nobody
 * has are left out when they are rare ones.
 */
export function countsTable(migrations: readonly MigrationDetail[]): string {
  const shown = outcomeCountsSchema
    .keyof()
    .options.filter(
      (outcome) =>
        alwaysShown.includes(outcome) || migrations.some(({ counts }) => counts[outcome] > 0),
    );
  const table = new Table({
    head: ['migration', 'tasks', ...shown, 'took'],
    colAligns: ['left', ...shown.map(() => 'right' as const), 'right', 'right'],
    style: { head: ['bold'], border: ['gray'], compact: true },
  });
  for (const { name, taskCount, counts, acceptedAt, finishedAt } of migrations) {
    const took =
      finishedAt === null ? 'not ended' : spanText(Date.parse(finishedAt) - Date.parse(acceptedAt));
    table.push([
      name,
      taskCount,
      ...shown.map((outcome) => countText(outcome, counts[outcome])),
      took,
    ]);
  }
  return table.toString();
}

function countText(outcome: keyof OutcomeCounts, count: number): string {
  if (count === 0) return styleText('gray', '–');
  return styleText(
    outcome === 'succeeded' || outcome === 'validated' ? 'green' : 'red',
    String(count),
  );
}

// With their borders the columns fill 100 places; the middle one holds the longest published code.
const columnWidths: [number, number, number] = [29, 38, 29];
const padding = 2;

/** One row for every error of every user who was neither moved nor found valid: who, what went wrong, what to do. */
export function troubledUsersTable(
  migrations: readonly MigrationDetail[],
  tasks: readonly ListedTask[],
): string {
  const table = new Table({
    head: ['user', 'what went wrong', 'what to do'],
    colWidths: columnWidths,
    wordWrap: true,
    style: { head: ['bold'], border: ['gray'] },
  });
  const nameOf = (id: string): string =>
    migrations.find((migration) => migration.id === id)?.name ?? id;
  for (const {
    migrationId,
    batchId,
    taskId,
    sourceUserPrincipalName,
    outcome,
    services,
  } of tasks) {
    if (outcome === 'succeeded' || outcome === 'validated') continue;
    const errors = services.flatMap(({ service, errors: all }) =>
      all.map((error) => ({ service, ...error })),
    );
    const rows =
      errors.length === 0
        ? [{ service: '', code: '', message: 'no error was reported', step: '' }]
        : errors;
    const state = styleText(outcome === 'invalid' ? 'yellow' : 'red', outcome ?? 'no outcome yet');
    const who = [
      ...cut(sourceUserPrincipalName ?? taskId, 0),
      `${state} in ${nameOf(migrationId)} ${batchId}`,
    ].join('\n');
    for (const [index, { service, code, message, step }] of rows.entries()) {
      const parts =
        `${service} ${code}`.length > width(1)
          ? [service, ...cut(code, 1)]
          : [`${service} ${code}`.trim()];
      const what = [...parts.map((part) => styleText('bold', part)), message]
        .filter((line) => line !== '')
        .join('\n');
      table.push([...(index === 0 ? [{ content: who, rowSpan: rows.length }] : []), what, step]);
    }
  }
  return table.toString();
}

/** Cuts a word that is longer than its column; the table itself would leave its end out. */
function cut(word: string, column: 0 | 1): string[] {
  return word.match(new RegExp(`.{1,${String(width(column))}}`, 'g')) ?? [];
}

function width(column: 0 | 1): number {
  return columnWidths[column] - padding;
}

/** What `--json` prints. */
export interface DemoSummary {
  readonly migrations: readonly {
    readonly id: string;
    readonly name: string;
    readonly kind: string;
    readonly phase: string;
    readonly tasks: OutcomeCounts;
  }[];
}

/** The counts per migration, as programs read them. */
export function demoSummary(migrations: readonly MigrationDetail[]): DemoSummary {
  return {
    migrations: migrations.map(({ id, name, kind, phase, counts }) => ({
      id,
      name,
      kind,
      phase,
      tasks: counts,
    })),
  };
}

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
