import type { TableClient, TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import { usersPartition } from './keys.ts';
import { lruCache } from './lruCache.ts';
import type { LedgerHolder } from './globalStores.ts';
import {
  changedRow,
  etagOf,
  findRow,
  fromRow,
  isWriteConflict,
  type Key,
  type Row,
} from './table.ts';

/** What a batch holds in the ledger, and in which run. */
export interface Guard {
  readonly key: Key;
  readonly run: number;
  /** Beginnings of the row keys of those whom the batch has reserved now, each with whether an entry says that they were moved before. */
  readonly held: ReadonlyMap<string, boolean>;
  /** As it was read or written last; undefined when there is none. */
  readonly row: Row | undefined;
}

/** A row key that takes less room; no two users of a batch have the same. */
export const shortKey = (rowKey: string): string => rowKey.slice(0, 16);
const movedMark = '+';
const mostNamed = 100_000;
const schema = z.object({ run: z.int(), held: z.array(z.string()) });

type BatchKey = Pick<LedgerHolder, 'migrationId' | 'batchId'>;

/**
 * The guards of the ledger: a row for each batch that names whom the batch has reserved. Whoever reserves or releases a user changes the
 * guard in the same transaction, on the condition that nobody has changed it since. So a batch's guard is always right about its entries,
 * and they need not be read before they are written.
 */
export function ledgerGuards(table: TableClient) {
  const cache = lruCache<Guard>(mostNamed, ({ held }) => held.size + 1);
  const keyOf = ({ migrationId, batchId }: BatchKey): Key => ({
    partitionKey: usersPartition,
    rowKey: `batch.${migrationId}.${batchId}`,
  });
  const none = (key: Key): Guard => ({ key, run: 0, held: new Map(), row: undefined });
  return {
    /** As this process has written it last, or as if there were none. */
    assumed: (batchKey: BatchKey): Guard =>
      cache.get(keyOf(batchKey).rowKey) ?? none(keyOf(batchKey)),
    async read(batchKey: BatchKey): Promise<Guard> {
      const key = keyOf(batchKey);
      const row = await findRow(table, key);
      if (row === undefined) return none(key);
      const { run, held } = fromRow(schema, row);
      return {
        key,
        run,
        held: new Map(held.map((name) => [name.replace(movedMark, ''), name.endsWith(movedMark)])),
        row,
      };
    },
    /** Writes entries together with the guards that name them; false when another writer was quicker, or an entry is not as it was taken to be. */
    async write(guards: readonly Guard[], entries: readonly TransactionAction[]): Promise<boolean> {
      for (const { key } of guards) cache.delete(key.rowKey);
      const written = guards.map((guard) => {
        const held = [...guard.held].map(
          ([name, wasMoved]) => `${name}${wasMoved ? movedMark : ''}`,
        );
        return { guard, row: changedRow(guard.row ?? { ...guard.key }, { run: guard.run, held }) };
      });
      const actions = written.map(({ guard: { row: before }, row }): TransactionAction =>
        before === undefined
          ? ['create', row]
          : ['update', row, 'Replace', { etag: etagOf(before) }],
      );
      try {
        const { subResponses } = await table.submitTransaction([...actions, ...entries]);
        for (const [index, { guard, row }] of written.entries()) {
          const etag = subResponses[index]?.etag;
          if (etag !== undefined) cache.set(guard.key.rowKey, { ...guard, row: { ...row, etag } });
        }
        return true;
      } catch (error) {
        if (isWriteConflict(error)) return false;
        throw error;
      }
    },
  };
}

export type LedgerGuards = ReturnType<typeof ledgerGuards>;
