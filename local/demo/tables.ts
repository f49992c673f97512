import { join } from 'node:path';
import { styleText } from 'node:util';
import Table from 'cli-table3';
import type { CommandList, ListedTask } from '../../shared/contracts/responses.ts';
import { type OutcomeCounts, outcomeCountsSchema } from '../../shared/contracts/task.ts';
import type { MigrationDetail } from './apiClient.ts';
import { spanText } from './virtualTime.ts';

// The table colours its borders also in files and pipes, so it is told when the terminal has no
// colours.
const hasColours = styleText('bold', '-') !== '-';
const tableStyle = hasColours ? { head: ['bold'], border: ['gray'] } : { head: [], border: [] };

/** Returns a table with one row for each command: its kind, sender and results. */
export function commandsTable(
  migrations: readonly { readonly name: string; readonly commands: CommandList['value'] }[],
): string {
  const table = new Table({
    head: ['migration', 'command', 'by', 'state', 'result'],
    colWidths: [11, 14, 24, 10, 41],
    wordWrap: true,
    style: tableStyle,
  });
  for (const { name, commands } of migrations) {
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
 * Returns a table with one row for each migration: the number of tasks with each outcome, and the duration on the stack's clock.
 * Rare outcomes have a column only when a task has them.
 */
export function countsTable(migrations: readonly MigrationDetail[]): string {
  const shown = outcomeCountsSchema
    .keyof()
    .options.filter(
      (outcome) =>
        alwaysShown.includes(outcome) || migrations.some(({ counts }) => counts[outcome] > 0),
    );
  const table = new Table({
    head: ['migration', 'tasks', ...shown, 'duration'],
    colAligns: ['left', ...shown.map(() => 'right' as const), 'right', 'right'],
    style: { ...tableStyle, compact: true },
  });
  for (const { name, taskCount, counts, acceptedAt, finishedAt } of migrations) {
    const duration =
      finishedAt === null ? 'not ended' : spanText(Date.parse(finishedAt) - Date.parse(acceptedAt));
    table.push([
      name,
      taskCount,
      ...shown.map((outcome) => countText(outcome, counts[outcome])),
      duration,
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

// With their borders, the columns are 100 characters wide.
const columnWidths: [number, number, number] = [29, 38, 29];
const padding = 2;

/** Returns a table with one row for each error of each failed or invalid user: the user, the error, and what to do. */
export function errorsTable(
  migrations: readonly MigrationDetail[],
  tasks: readonly ListedTask[],
): string {
  const table = new Table({
    head: ['user', 'error', 'what to do'],
    colWidths: columnWidths,
    wordWrap: true,
    style: tableStyle,
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
    // A user who was cancelled on request has no error.
    if (outcome === 'cancelled' && errors.length === 0) continue;
    const rows =
      errors.length === 0
        ? [{ service: '', code: '', message: 'no error was reported', step: '' }]
        : errors;
    const state = styleText(outcome === 'invalid' ? 'yellow' : 'red', outcome ?? 'no outcome yet');
    const user = [
      ...cut(sourceUserPrincipalName ?? taskId, 0),
      `${state} in ${nameOf(migrationId)} ${batchId}`,
    ].join('\n');
    for (const [index, { service, code, message, step }] of rows.entries()) {
      const parts =
        `${service} ${code}`.length > width(1)
          ? [service, ...cut(code, 1)]
          : [`${service} ${code}`.trim()];
      const errorText = [...parts.map((part) => styleText('bold', part)), message]
        .filter((line) => line !== '')
        .join('\n');
      table.push([
        ...(index === 0 ? [{ content: user, rowSpan: rows.length }] : []),
        errorText,
        breakable(step),
      ]);
    }
  }
  return table.toString();
}

/** Cuts a word that is longer than its column. The table itself would omit the end. */
function cut(word: string, column: 0 | 1): string[] {
  return word.match(new RegExp(`.{1,${String(width(column))}}`, 'g')) ?? [];
}

/** Inserts a space into words that are longer than the last column, before a capital letter where there is one. */
function breakable(text: string): string {
  const max = width(2);
  const part = new RegExp(`.{2,${String(max - 1)}}(?=[A-Z])|.{1,${String(max)}}`, 'g');
  return text.replace(new RegExp(`\\S{${String(max + 1)},}`, 'g'), (word) =>
    (word.match(part) ?? []).join(' '),
  );
}

function width(column: 0 | 1 | 2): number {
  return columnWidths[column] - padding;
}

/** The object that `--json` prints. */
export interface DemoSummary {
  readonly migrations: readonly {
    readonly id: string;
    readonly name: string;
    readonly kind: string;
    readonly phase: string;
    readonly tasks: OutcomeCounts;
  }[];
}

/** Returns the counts of each migration for programs. */
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

/** Returns the text that says where the records are and how to read them. */
export function recordsText(dataDir: string, migrations: readonly MigrationDetail[]): string {
  const id = migrations[0]?.id ?? '<id>';
  const tasksUrl = `http://127.0.0.1:7071/api/migrations/${id}/tasks`;
  return [
    `All records are in ${dataDir}:`,
    '  azurite/  tables migrations, batches, tasks, commands, events; blobs requests, audit-anchors; queue migration-outcomes',
    '  host/     the journal of the orchestrations',
    '  graph/    the jobs and SharePoint tasks of the Graph emulator',
    '  logs/     the logs of the processes',
    'To read them, start the stack with this folder and call the app:',
    styleText('cyan', `  npm run local -- --data ${dataDir}`),
    styleText('cyan', "  AzureWebJobsStorage='<the storage that it prints>' npm run verify-audit"),
    styleText('cyan', `  curl '${tasksUrl}?outcome=failed'`),
    styleText(
      'cyan',
      `  curl -H 'Accept: text/csv' -o ${join(dataDir, 'tasks.csv')} \\\n       ${tasksUrl}`,
    ),
  ].join('\n');
}
