import type { TableClient } from '@azure/data-tables';
import { optimisticWrite, overtaken } from './optimisticWrite.ts';
import { remembered } from './remembered.ts';
import { findRow, type Key, replaceRow, type Row } from './rows.ts';

export interface SeenRows {
  /** The row under a key as it is in storage now, or undefined. */
  find(key: Key): Promise<Row | undefined>;
  /** As `changeRow`, without reading a row that is still what this process saw last. */
  change(key: Key, change: (row: Row) => object | undefined): Promise<boolean>;
}

/**
 * The rows of a table, each remembered as this process read or wrote it last, up to `most` of them. A remembered row is only
 * ever the basis of a change that storage refuses if somebody else has written the row meanwhile; then it is read.
 */
export function seenRows(table: TableClient, most: number): SeenRows {
  const seen = remembered<Row>(most);
  const idOf = ({ partitionKey, rowKey }: Key): string => `${partitionKey}/${rowKey}`;
  const remember = (key: Key, row: Row | undefined): void => {
    if (row?.['etag'] === undefined) seen.delete(idOf(key));
    else seen.set(idOf(key), row);
  };
  const find = async (key: Key): Promise<Row | undefined> => {
    const row = await findRow(table, key);
    remember(key, row);
    return row;
  };
  return {
    find,
    change: (key, change) =>
      optimisticWrite(`a row of ${table.tableName}`, async () => {
        let row = seen.get(idOf(key));
        let changes = row === undefined ? undefined : change(row);
        // Also where the remembered row asks for no change: the one in storage may.
        if (changes === undefined) {
          row = await find(key);
          changes = row === undefined ? undefined : change(row);
        }
        if (row === undefined || changes === undefined) return false;
        seen.delete(idOf(key));
        const written = await replaceRow(table, row, changes);
        if (written === undefined) return overtaken;
        remember(key, written);
        return true;
      }),
  };
}
