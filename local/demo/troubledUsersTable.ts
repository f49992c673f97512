import { styleText } from 'node:util';
import Table from 'cli-table3';
import type { ListedTask } from '../../shared/contracts/answers/listedTask.ts';
import type { MigrationDetail } from './apiClient.ts';

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
