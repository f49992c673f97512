import {
  RestError,
  type TableClient,
  type TableEntity,
  type TransactionAction,
} from '@azure/data-tables';
import { z } from 'zod';
import { optimisticWrite, writeConflict } from './calls.ts';
import { changedRow, type Key, mergedRow, type Row } from './rows.ts';

/** Reads a row, or only the given columns; undefined if it does not exist. */
export async function findRow(
  table: TableClient,
  key: Key,
  select?: string[],
): Promise<Row | undefined> {
  try {
    return await table.getEntity(
      key.partitionKey,
      key.rowKey,
      select === undefined ? {} : { queryOptions: { select } },
    );
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}

/** Inserts a row. Returns false if its key exists. */
export async function insertRow(table: TableClient, row: TableEntity): Promise<boolean> {
  try {
    await table.createEntity(row);
    return true;
  } catch (error) {
    if (hasStatus(error, 409)) return false;
    throw error;
  }
}

/**
 * Submits a transaction of up to 100 rows of one partition. Returns the new ETags in the order of
 * the actions; undefined if it conflicts with another writer.
 *
 * A transaction that fails without a response is safe to repeat. Storage writes all of its rows or
 * none, so there are two cases. If none is written, the repetition is the first write. If all are,
 * the repetition is rejected as a whole, because at least one of its rows is written on a condition
 * that the first write has ended: an insert, whose key is taken now, or an update of an ETag, which
 * has changed. It then looks like a conflict with another writer, and the caller reads the rows,
 * which contain what it wanted to write. Only merges without an ETag have no condition; they write
 * the same values again.
 */
export async function submit(
  table: TableClient,
  actions: readonly TransactionAction[],
): Promise<readonly (string | undefined)[] | undefined> {
  try {
    const { subResponses } = await table.submitTransaction([...actions]);
    return subResponses.map(({ etag }) => etag);
  } catch (error) {
    if (isWriteConflict(error)) return undefined;
    throw error;
  }
}

/**
 * Returns the action that writes changes to a row on the condition that it is as it was read, or
 * creates it if it was missing.
 */
export function changeAction(key: Key, row: Row | undefined, changes: object): TransactionAction {
  return row === undefined
    ? ['create', changedRow({ ...key }, changes)]
    : ['update', changedRow(row, changes), 'Replace', { etag: etagOf(row) }];
}

/** A cache with a limit that evicts the least recently used values first. */
export interface LruCache<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  delete(key: string): void;
}

/**
 * Creates a cache.
 * @param most the maximum total weight
 * @param weightOf returns the weight of a value
 */
export function lruCache<Value>(
  most: number,
  weightOf: (value: Value) => number = () => 1,
): LruCache<Value> {
  const values = new Map<string, Value>();
  let weight = 0;
  const remove = (key: string): void => {
    const value = values.get(key);
    if (value === undefined) return;
    values.delete(key);
    weight -= weightOf(value);
  };
  return {
    get(key) {
      const value = values.get(key);
      if (value === undefined) return undefined;
      values.delete(key);
      values.set(key, value);
      return value;
    },
    set(key, value) {
      remove(key);
      values.set(key, value);
      weight += weightOf(value);
      for (const oldest of values.keys()) {
        if (weight <= most) return;
        remove(oldest);
      }
    },
    delete: remove,
  };
}

/** The rows of a table that several instances change. */
export interface SharedRows {
  /** Reads a row from storage; undefined if it does not exist. */
  find(key: Key): Promise<Row | undefined>;
  /** Returns the cached row, which may be outdated; undefined if none is cached. */
  assumed(key: Key): Row | undefined;
  /**
   * Changes the members of a row that `change` returns, even if others change it at the same time.
   * Other columns stay as they are. `change` may be called several times. Returns false if the row
   * does not exist or `change` returns undefined for the row in storage.
   */
  change(key: Key, change: (row: Row) => object | undefined): Promise<boolean>;
  /**
   * Writes members that do not depend on the row. Other columns stay as they are. Returns false if
   * the row does not exist. It is one call if the cached row is current, or if no row is cached and
   * the members can be merged. A merge needs no condition: of two instances that write the same
   * member, the later one wins, as it would after a conflict. A cached row is replaced on its
   * condition instead, because its new version is then known, and the next change needs no read.
   */
  update(key: Key, changes: object): Promise<boolean>;
  /**
   * Submits a transaction that writes `own` completely, and other rows. Returns false if it
   * conflicts with another writer. Afterwards the rows of `own` are cached.
   */
  submit(own: readonly TransactionAction[], others: readonly TransactionAction[]): Promise<boolean>;
}

/**
 * Opens the rows of a table that several instances change. Caches up to `most` rows as this
 * process last read or wrote them. A cached row is only the basis of a conditional write, never a
 * result: if another instance has changed it since, storage rejects the write, and the row is read
 * again.
 * @param weightOf returns what a row counts towards `most`, by default 1
 */
export function sharedRows(
  table: TableClient,
  most = 0,
  weightOf?: (row: Row) => number,
): SharedRows {
  const cache = lruCache<Row>(most, weightOf);
  const idOf = ({ partitionKey, rowKey }: Key): string => `${partitionKey}/${rowKey}`;
  const find = async (key: Key): Promise<Row | undefined> => {
    const row = await findRow(table, key);
    if (row === undefined) cache.delete(idOf(key));
    else cache.set(idOf(key), row);
    return row;
  };
  const submitOwn: SharedRows['submit'] = async (own, others) => {
    const rows = own.map(([, row]) => ({ ...row, ...keySchema.parse(row) }));
    // Until the response it is unknown which version storage has.
    for (const row of rows) cache.delete(idOf(row));
    const etags = await submit(table, [...own, ...others]);
    for (const [index, row] of rows.entries()) {
      const etag = etags?.[index];
      if (etag !== undefined) cache.set(idOf(row), { ...row, etag });
    }
    return etags !== undefined;
  };
  /** Returns false if another writer has changed the row since it was read. */
  const replace = async (key: Key, row: Row, changes: object): Promise<boolean> => {
    cache.delete(idOf(key));
    const changed = changedRow(row, changes);
    try {
      const { etag } = await table.updateEntity(changed, 'Replace', { etag: etagOf(row) });
      if (etag !== undefined) cache.set(idOf(key), { ...changed, etag });
      return true;
    } catch (error) {
      // A deleted row is found missing by the next try.
      if (isWriteConflict(error)) return false;
      throw error;
    }
  };
  const change: SharedRows['change'] = (key, changesOf) =>
    optimisticWrite(`a row of ${table.tableName}`, async () => {
      let row = cache.get(idOf(key));
      let changes = row === undefined ? undefined : changesOf(row);
      // Also read if the cached row needs no change: the stored row may.
      if (changes === undefined) {
        row = await find(key);
        changes = row === undefined ? undefined : changesOf(row);
      }
      if (row === undefined || changes === undefined) return false;
      return (await replace(key, row, changes)) || writeConflict;
    });
  return {
    find,
    assumed: (key) => cache.get(idOf(key)),
    change,
    async update(key, changes) {
      const row = cache.get(idOf(key));
      const merged = mergedRow(key, changes);
      if (merged === undefined) return change(key, () => changes);
      if (row !== undefined && (await replace(key, row, changes))) return true;
      try {
        await table.updateEntity(merged, 'Merge');
        return true;
      } catch (error) {
        if (hasStatus(error, 404) && !isTableMissing(error)) return false;
        throw error;
      }
    },
    submit: submitOwn,
  };
}

const keySchema = z.object({ partitionKey: z.string(), rowKey: z.string() });

function hasStatus(error: unknown, status: number): boolean {
  return error instanceof RestError && error.statusCode === status;
}

/** Returns true if a conditional write or a transaction was rejected because of another writer. */
export function isWriteConflict(error: unknown): boolean {
  return (
    hasStatus(error, 409) ||
    hasStatus(error, 412) ||
    (hasStatus(error, 404) && !isTableMissing(error))
  );
}

function isTableMissing(error: unknown): boolean {
  return (
    error instanceof RestError &&
    (error.code === 'TableNotFound' || error.message.includes('TableNotFound'))
  );
}

export function etagOf(row: Row): string {
  return z.string().parse(row['etag']);
}
