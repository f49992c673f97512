import { hash } from 'node:crypto';
import { odata, type TableClient } from '@azure/data-tables';
import { z } from 'zod';
import { type Task, taskSchema } from '../contracts/task.ts';
import { allRows, columnsOf, fromRow, type Key, listRows, type Row, toRow } from './rows.ts';
import type { TaskStore } from './stores.ts';
import { findRow } from './table.ts';
import { insertMissingRows, type KeyedRecord, mergeRecords, writeRecords } from './transactions.ts';

type IndexEntry = Pick<Task, 'batchId' | 'taskId'>;

const groupSchema = z.object({ batchIds: z.record(z.string(), z.string()) });
const positionSchema = z.object({ batchId: z.string() });

/**
 * Returns the index row of a task: two hexadecimal digits. The largest request has 256 index rows,
 * and a row can hold 10,000 tasks.
 */
export const indexGroup = (taskId: string): string => hash('sha256', taskId).slice(0, 2);

/**
 * A partition of its own, so that lists of tasks do not contain it. Ids of migrations contain no
 * dot.
 */
const keyOf = (migrationId: string, rowKey: string): Key => ({
  partitionKey: `${migrationId}.index`,
  rowKey,
});

/**
 * Creates the index of tasks, which says which batch a task is in. The tasks of a plan share index
 * rows; a task that is added later has a row of its own. Rows are only inserted, never changed.
 */
function taskIndex(table: TableClient) {
  return {
    /** Writes the index of a plan. Existing rows stay as they are. */
    async insertPlan(migrationId: string, indexed: readonly IndexEntry[]): Promise<void> {
      const groups = Map.groupBy(firstOf(indexed), ({ taskId }) => indexGroup(taskId));
      const rows = [...groups].map(([group, members]) =>
        toRow(keyOf(migrationId, group), {
          batchIds: Object.fromEntries(members.map(({ taskId, batchId }) => [taskId, batchId])),
        }),
      );
      await insertMissingRows(table, rows);
    },
    /** Writes the index rows of added tasks. Existing rows stay as they are. */
    async insertAdded(migrationId: string, indexed: readonly IndexEntry[]): Promise<void> {
      await insertMissingRows(
        table,
        firstOf(indexed).map(({ taskId, batchId }) =>
          toRow(keyOf(migrationId, taskId), { batchId }),
        ),
      );
    },
    /**
     * Returns the batch of a task, by one point read for a task of the plan and two for an added
     * task; undefined if it is not indexed.
     */
    async find(migrationId: string, taskId: string): Promise<string | undefined> {
      const group = await findRow(table, keyOf(migrationId, indexGroup(taskId)));
      const planned =
        group === undefined ? undefined : fromRow(groupSchema, group).batchIds[taskId];
      if (planned !== undefined) return planned;
      const added = await findRow(table, keyOf(migrationId, taskId));
      return added === undefined ? undefined : fromRow(positionSchema, added).batchId;
    },
  };
}

/** Returns each task once. If it is in several batches, the first one counts. */
function firstOf(indexed: readonly IndexEntry[]): readonly IndexEntry[] {
  return [...new Map(indexed.toReversed().map((entry) => [entry.taskId, entry])).values()];
}

// The value in the column of a task without an outcome.
const pending = 'pending';

/** Returns the prefix of the tasks of a batch, which form one range of keys. */
const batchPrefix = (batchId: string): string => batchId.slice(1).padStart(5, '0');

const taskKey = ({
  migrationId,
  batchId,
  taskId,
}: Pick<Task, 'migrationId' | 'batchId' | 'taskId'>): Key => ({
  partitionKey: migrationId,
  rowKey: `${batchPrefix(batchId)}.${taskId}`,
});

const stored = (task: Task): object => ({ ...task, outcome: task.outcome ?? pending });

// The version of the row that a task was read from. A change is rejected if the row has changed
// since.
const versions = new WeakMap<Task, string>();

const fromTaskRow = (row: Row): Task => {
  const task = fromRow(
    taskSchema,
    row['outcome'] === pending ? { ...row, outcome: undefined } : row,
  );
  if (typeof row['etag'] === 'string') versions.set(task, row['etag']);
  return task;
};

/**
 * `.` is the character before `/`, so the range from `00001.` to `00001/` is exactly one batch. The
 * storage emulator evaluates the terms in order for every row of the table, so the most selective
 * term is first.
 */
const batchFilter = (migrationId: string, batchId: string): string =>
  odata`RowKey ge ${`${batchPrefix(batchId)}.`} and RowKey lt ${`${batchPrefix(batchId)}/`} and PartitionKey eq ${migrationId}`;

/** Creates the store of the table `tasks`: one partition per migration, one row per task. */
export function taskTable(table: TableClient): TaskStore {
  const indexed = taskIndex(table);
  const get = async (
    migrationId: string,
    batchId: string,
    taskId: string,
  ): Promise<Task | undefined> => {
    const row = await findRow(table, taskKey({ migrationId, batchId, taskId }));
    return row === undefined ? undefined : fromTaskRow(row);
  };
  return {
    async insertMissing(tasks, { isIndexed = false } = {}) {
      let isNew = true;
      for (const [migrationId, own] of Map.groupBy(tasks, (task) => task.migrationId)) {
        // Written before the tasks: a task without an index row would not be found.
        if (!isIndexed) await indexed.insertAdded(migrationId, own);
        isNew =
          (await insertMissingRows(
            table,
            own.map((task) => toRow(taskKey(task), stored(task))),
          )) && isNew;
      }
      return isNew;
    },
    insertTaskIndex: (migrationId, planned) => indexed.insertPlan(migrationId, planned),
    async save(tasks, before = []) {
      const changes = tasks.map((task, index) => changedMembers(task, before[index]));
      if (changes.some(({ removesColumns }) => removesColumns)) await writeRecords(table, changes);
      else await mergeRecords(table, changes);
    },
    get,
    async find(migrationId, taskId) {
      const batchId = await indexed.find(migrationId, taskId);
      if (batchId === undefined) return undefined;
      const task = await get(migrationId, batchId, taskId);
      if (task !== undefined) return task;
      // An interrupted plan was created again, with another batch for the task.
      const [row] = await allRows(
        table,
        odata`PartitionKey eq ${migrationId} and taskId eq ${taskId}`,
      );
      return row === undefined ? undefined : fromTaskRow(row);
    },
    async listBatch(migrationId, batchId) {
      return (await allRows(table, batchFilter(migrationId, batchId))).map(fromTaskRow);
    },
    async listOpen(migrationId, batchId) {
      const rows = await allRows(
        table,
        `${batchFilter(migrationId, batchId)} and ${odata`outcome eq ${pending}`}`,
        ['taskId'],
      );
      return rows.map(({ taskId }) => z.string().parse(taskId));
    },
    async list(migrationId, { batchId, outcome, ...page }) {
      const entry =
        batchId === undefined
          ? odata`PartitionKey eq ${migrationId}`
          : batchFilter(migrationId, batchId);
      const filter = outcome === undefined ? entry : `${entry} and ${odata`outcome eq ${outcome}`}`;
      const found = await listRows(table, filter, `tasks ${filter}`, page);
      return { ...found, items: found.items.map(fromTaskRow) };
    },
  };
}

/**
 * Returns the members that differ from the task as it was read, or all of them. A merge cannot
 * remove columns.
 */
function changedMembers(
  task: Task,
  before: Task | undefined,
): KeyedRecord & { readonly removesColumns: boolean } {
  const key = taskKey(task);
  if (before === undefined) return { key, record: stored(task), removesColumns: true };
  const version = versions.get(before);
  const old = new Map<string, unknown>(Object.entries(stored(before)));
  const changed = Object.entries(stored(task)).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(old.get(name)),
  );
  const removesColumns = changed.some(([name, value]) => {
    const columns = columnsOf(name, value);
    return Object.keys(columnsOf(name, old.get(name))).some(
      (column) => columns[column] === undefined,
    );
  });
  return {
    key,
    record: Object.fromEntries(changed),
    removesColumns,
    ...(version === undefined ? {} : { version }),
  };
}
