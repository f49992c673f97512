import type { TableClient, TableEntity } from '@azure/data-tables';
import { gathered } from './gathered.ts';
import { insertRows } from './rows.ts';

// A transaction takes 100 rows and 4 MiB; a request takes three rows and up to 30,000 characters.
const mostTogether = 20;

interface Insertion {
  readonly rows: readonly TableEntity[];
  inserted: boolean;
}

/**
 * Inserts the rows of one caller all or none; false when one of their keys is taken. What several callers insert while a transaction
 * is under way goes into the next one together, and each for himself where a key of theirs is taken. All rows are of one partition.
 */
export function insertedTogether(
  table: TableClient,
): (rows: readonly TableEntity[]) => Promise<boolean> {
  const insert = gathered<Insertion>(mostTogether, async (_, insertions) => {
    const rows = insertions.flatMap((insertion) => insertion.rows);
    const isDistinct = new Set(rows.map(({ rowKey }) => rowKey)).size === rows.length;
    if (isDistinct && insertions.length > 1 && (await insertRows(table, rows))) {
      for (const insertion of insertions) insertion.inserted = true;
      return;
    }
    await Promise.all(
      insertions.map(async (insertion) => {
        insertion.inserted = await insertRows(table, insertion.rows);
      }),
    );
  });
  return async (rows) => {
    const insertion: Insertion = { rows, inserted: false };
    await insert('all', insertion);
    return insertion.inserted;
  };
}
