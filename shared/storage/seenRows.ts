import type { TableClient } from '@azure/data-tables';
import { z } from 'zod';
import { changeRow, findRow, hasStatus, type Key, toRow } from './rows.ts';

type Row = Readonly<Record<string, unknown>>;

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
  const seen = new Map<string, Row>();
  const idOf = ({ partitionKey, rowKey }: Key): string => `${partitionKey}/${rowKey}`;
  const remember = (key: Key, row: Row | undefined): void => {
    seen.delete(idOf(key));
    if (row?.['etag'] !== undefined) seen.set(idOf(key), row);
    for (const oldest of seen.keys()) {
      if (seen.size <= most) return;
      seen.delete(oldest);
    }
  };
  return {
    async find(key) {
      const row = await findRow(table, key);
      remember(key, row);
      return row;
    },
    async change(key, change) {
      const known = seen.get(idOf(key));
      const changed = known === undefined ? undefined : change(known);
      // Also where the remembered row asks for no change: the one in storage may.
      if (known === undefined || changed === undefined) return changeRow(table, key, change);
      seen.delete(idOf(key));
      try {
        const row = toRow(key, changed);
        const { etag } = await table.updateEntity(row, 'Replace', { etag: z.string().parse(known['etag']) });
        remember(key, { ...row, etag });
        return true;
      } catch (error) {
        if (!hasStatus(error, 412) && !hasStatus(error, 404)) throw error;
        return changeRow(table, key, change);
      }
    },
  };
}
