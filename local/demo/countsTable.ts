import { styleText } from 'node:util';
import Table from 'cli-table3';
import { outcomeCountsSchema, type OutcomeCounts } from '../../shared/contracts/outcome.ts';
import type { MigrationDetail } from './apiClient.ts';
import { spanText } from './virtualTime.ts';

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
