import { hash } from 'node:crypto';
import type { TableClient } from '@azure/data-tables';
import { z } from 'zod';
import type { Task } from '../contracts/task.ts';
import { findRow, fromRow, type Key, toRow } from './rows.ts';
import { insertMissingRows } from './writeRows.ts';

type Place = Pick<Task, 'batchId' | 'taskId'>;

const groupSchema = z.object({ batchIds: z.record(z.string(), z.string()) });
const placeSchema = z.object({ batchId: z.string() });

/** The row of a plan that holds the place of a task: two hexadecimal digits. A row has room for 10,000 places, and 256 rows for the largest request. */
export const placeGroup = (taskId: string): string => hash('sha256', taskId).slice(0, 2);

/** In a partition of their own, apart from the tasks, which are listed. No migration's id has a dot. */
const keyOf = (migrationId: string, rowKey: string): Key => ({
  partitionKey: `${migrationId}.places`,
  rowKey,
});

/**
 * The index of the tasks of migrations: which batch has a task. The places of a plan are written together, many in a row; the place of a
 * task that is added later is a row of its own. Rows are only ever inserted.
 */
export function taskPlaces(table: TableClient) {
  return {
    /** Writes the places of all tasks of a plan; the groups that exist stay as they are. */
    async insertPlan(migrationId: string, places: readonly Place[]): Promise<void> {
      const groups = Map.groupBy(firstOf(places), ({ taskId }) => placeGroup(taskId));
      const rows = [...groups].map(([group, members]) =>
        toRow(keyOf(migrationId, group), {
          batchIds: Object.fromEntries(members.map(({ taskId, batchId }) => [taskId, batchId])),
        }),
      );
      await insertMissingRows(table, rows);
    },
    /** Writes the place of each task that is added to a plan; those that exist stay as they are. */
    async insertAdded(migrationId: string, places: readonly Place[]): Promise<void> {
      await insertMissingRows(
        table,
        firstOf(places).map(({ taskId, batchId }) =>
          toRow(keyOf(migrationId, taskId), { batchId }),
        ),
      );
    },
    /** The batch of a task, by one point read for a task of the plan, and two for any other; undefined when it has no place. */
    async find(migrationId: string, taskId: string): Promise<string | undefined> {
      const group = await findRow(table, keyOf(migrationId, placeGroup(taskId)));
      const planned =
        group === undefined ? undefined : fromRow(groupSchema, group).batchIds[taskId];
      if (planned !== undefined) return planned;
      const added = await findRow(table, keyOf(migrationId, taskId));
      return added === undefined ? undefined : fromRow(placeSchema, added).batchId;
    },
  };
}

/** Each task once: of one in several batches the first one counts. */
function firstOf(places: readonly Place[]): readonly Place[] {
  return [...new Map(places.toReversed().map((place) => [place.taskId, place])).values()];
}
