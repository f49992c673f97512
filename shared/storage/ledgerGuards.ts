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

/** The users that a batch has reserved in the ledger, and in which run. */
export interface Guard {
  readonly key: Key;
  readonly run: number;
  /**
   * Prefixes of the row keys of the reserved users, each with whether the user was migrated before.
   */
  readonly held: ReadonlyMap<string, boolean>;
  /** The row as last read or written; undefined if there is none. */
  readonly row: Row | undefined;
}

/** Returns a shortened row key. It is unique within a batch. */
export const shortKey = (rowKey: string): string => rowKey.slice(0, 16);
const movedMark = '+';
const maxCachedUsers = 100_000;
const schema = z.object({ run: z.int(), held: z.array(z.string()) });

type BatchKey = Pick<LedgerHolder, 'migrationId' | 'batchId'>;

/**
 * Creates the guards of the ledger: one row per batch that lists its reserved users. Every
 * reservation or release changes the guard in the same transaction, conditionally. A guard is
 * therefore always consistent with the entries of its batch, and these need not be read before they
 * are written.
 */
export function ledgerGuards(table: TableClient) {
  const cache = lruCache<Guard>(maxCachedUsers, ({ held }) => held.size + 1);
  const keyOf = ({ migrationId, batchId }: BatchKey): Key => ({
    partitionKey: usersPartition,
    rowKey: `batch.${migrationId}.${batchId}`,
  });
  const none = (key: Key): Guard => ({ key, run: 0, held: new Map(), row: undefined });
  return {
    /** Returns the cached guard, or an empty one. */
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
    /**
     * Writes entries and their guards in one transaction. Returns false if another writer has
     * changed a guard or an entry.
     */
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
