import { odata, type TableClient, type TableEntity } from '@azure/data-tables';
import { z } from 'zod';
import { type Task, taskSchema } from '../contracts/task.ts';
import { allRows, findRow, fromRow, type Key, listRows, toRow } from './rows.ts';
import type { TaskStore } from './stores.ts';
import { writeRows } from './writeRows.ts';

// What a task without an outcome has in its column.
const pending = 'pending';

/** The part of a row key that stands for a batch: all its tasks follow in one range. */
const batchPrefix = (batchId: string): string => batchId.slice(1).padStart(5, '0');

const taskKey = ({ migrationId, batchId, taskId }: Pick<Task, 'migrationId' | 'batchId' | 'taskId'>): Key => ({
  partitionKey: migrationId,
  rowKey: `${batchPrefix(batchId)}.${taskId}`,
});

const taskRow = (task: Task): TableEntity =>
  toRow(taskKey(task), { ...task, outcome: task.outcome ?? pending });

const fromTaskRow = (row: Readonly<Record<string, unknown>>): Task =>
  fromRow(taskSchema, row['outcome'] === pending ? { ...row, outcome: undefined } : row);

/**
 * `.` is the character before `/`, so the range from `00001.` to `00001/` is exactly one batch. The emulator of storage tries the
 * terms in their order on every row of the table: the one that most rows fail stands first.
 */
const batchFilter = (migrationId: string, batchId: string): string =>
  odata`RowKey ge ${`${batchPrefix(batchId)}.`} and RowKey lt ${`${batchPrefix(batchId)}/`} and PartitionKey eq ${migrationId}`;

/** The table `tasks`: one partition a migration, one row a user; a user without an outcome is `pending` there. */
export function taskTable(table: TableClient): TaskStore {
  return {
    async insertMissing(tasks) {
      await writeRows(table, 'insertMissing', tasks.map(taskRow));
    },
    async save(tasks, before = []) {
      const rows = tasks.map(taskRow);
      const changes = rows.map((row, index) => changedColumns(before[index], row));
      await (changes.every((change) => change !== undefined) ? writeRows(table, 'merge', changes) : writeRows(table, 'replace', rows));
    },
    async get(migrationId, batchId, taskId) {
      const row = await findRow(table, taskKey({ migrationId, batchId, taskId }));
      return row === undefined ? undefined : fromTaskRow(row);
    },
    async listBatch(migrationId, batchId) {
      return (await allRows(table, batchFilter(migrationId, batchId))).map(fromTaskRow);
    },
    async listOpen(migrationId, batchId) {
      const rows = await allRows(table, `${batchFilter(migrationId, batchId)} and ${odata`outcome eq ${pending}`}`, ['taskId']);
      return rows.map(({ taskId }) => z.string().parse(taskId));
    },
    async list(migrationId, { batchId, outcome, ...page }) {
      const place = batchId === undefined ? odata`PartitionKey eq ${migrationId}` : batchFilter(migrationId, batchId);
      const filter = outcome === undefined ? place : `${place} and ${odata`outcome eq ${outcome}`}`;
      const found = await listRows(table, filter, `tasks ${filter}`, page);
      return { ...found, items: found.items.map(fromTaskRow) };
    },
  };
}

/** The key and the columns that differ from the task as it was read; undefined where that is not enough: one is gone, or nothing was read. */
function changedColumns(before: Task | undefined, row: TableEntity): TableEntity | undefined {
  if (before === undefined) return undefined;
  const old = taskRow(before);
  if (Object.keys(old).some((name) => row[name] === undefined)) return undefined;
  const { partitionKey, rowKey, ...columns } = row;
  return { partitionKey, rowKey, ...Object.fromEntries(Object.entries(columns).filter(([name, value]) => value !== old[name])) };
}
