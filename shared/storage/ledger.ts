import type { TableClient } from '@azure/data-tables';
import { z } from 'zod';
import { groupCommit, inParallel, optimisticWrite, writeConflict } from './calls.ts';
import {
  endAsRead,
  endUnread,
  entryKey,
  entrySchema,
  type Guard,
  guardWithout,
  type LedgerEntry,
  ledgerGuards,
  type LedgerHolder,
  type Released,
  reservationOf,
  shortKey,
  userKeyHasher,
  type Wanted,
} from './ledgerRows.ts';
import { fromRow, type Row } from './rows.ts';
import { findRow } from './table.ts';

/**
 * The ledger: which migration has reserved or migrated which user, or source of a SharePoint task.
 * A user is reserved by one migration at a time, because storage rejects the insert of an existing
 * key. Keys are texts such as `user:<id>` and `source:<id>`; storage only contains salted hashes of
 * them.
 */
export interface UserLedger {
  /**
   * Reserves users for a batch. Returns, by key, the entries of the users that it could not
   * reserve: reserved by another migration, or already migrated if `moveAgain` is false. Can be
   * repeated.
   */
  reserve(
    holder: LedgerHolder,
    users: readonly { readonly key: string; readonly moveAgain: boolean }[],
    at: string,
  ): Promise<ReadonlyMap<string, LedgerEntry>>;
  /**
   * Ends reservations of a batch. With `isMoved` the entry stays permanently, otherwise the user is
   * free again. Entries of other migrations stay as they are. Can be repeated.
   */
  release(
    holder: LedgerHolder,
    users: readonly { readonly key: string; readonly isMoved: boolean }[],
    at: string,
  ): Promise<void>;
  /** Returns the existing entries by key. */
  find(keys: readonly string[]): Promise<ReadonlyMap<string, LedgerEntry>>;
}

// A transaction can hold 100 rows: the guard of the batch, possibly the guard of another batch, and
// the users.
const maxReservedTogether = 98;
const maxReleasedTogether = 99;
const parallelReads = 16;

/**
 * Creates the ledger in the table `users`: an entry for each reserved or migrated user, and a guard
 * for each batch.
 */
export function ledgerTable(table: TableClient): UserLedger {
  const rowKeyOf = userKeyHasher(table);
  const guards = ledgerGuards(table);
  const readRows = async (rowKeys: readonly string[]): Promise<ReadonlyMap<string, Row>> => {
    const rows = await inParallel(parallelReads, rowKeys, (rowKey) =>
      findRow(table, entryKey(rowKey)),
    );
    return new Map(
      rows.flatMap((row, index) => (row === undefined ? [] : [[rowKeys[index] ?? '', row]])),
    );
  };

  /** Returns the entries of the users that could not be reserved. */
  const reserve = (
    holder: LedgerHolder,
    wanted: readonly Wanted[],
    at: string,
  ): Promise<ReadonlyMap<string, LedgerEntry>> => {
    const remaining = ({ held }: Guard): readonly Wanted[] =>
      wanted.filter(({ rowKey }) => !held.has(shortKey(rowKey)));
    // The guard of a try that assumed that every user is free.
    let rejectedGuard: Guard | undefined;
    return optimisticWrite('the ledger of users', async (tries) => {
      const assumed = guards.assumed(holder);
      const isAssumed = tries === 1 && assumed.run <= holder.run && remaining(assumed).length > 0;
      const guard = isAssumed ? assumed : await guards.read(holder);
      // Assumes that every user is free until an insert is rejected although the guard was current:
      // then a user has an entry, and the entries are read.
      const isFree =
        guard.run <= holder.run &&
        (tries === 1 ||
          (rejectedGuard !== undefined && rejectedGuard.row?.['etag'] !== guard.row?.['etag']));
      rejectedGuard = isFree ? guard : undefined;
      const rows = isFree
        ? new Map<string, Row>()
        : await readRows(remaining(guard).map(({ rowKey }) => rowKey));
      const { conflicts, actions, held, others } = reservationOf(
        holder,
        remaining(guard),
        rows,
        at,
      );
      // A duplicate of an earlier run must not change the users of a later one.
      if (
        guard.run > holder.run ||
        (held.size === 0 && others.size === 0 && guard.run === holder.run)
      )
        return conflicts;
      // One other batch at a time, because its guard needs a row in the transaction.
      const [other] = others;
      const fromOther = other?.[1] ?? [];
      const otherGuards =
        other === undefined
          ? []
          : await guardWithout(guards, { ...holder, batchId: other[0] }, fromOther);
      const own = {
        ...guard,
        run: holder.run,
        held: new Map([
          ...guard.held,
          ...held,
          ...fromOther.map(({ rowKey, wasMoved }) => [shortKey(rowKey), wasMoved] as const),
        ]),
      };
      const isWritten = await guards.write(
        [own, ...otherGuards],
        [...actions, ...fromOther.map(({ action }) => action)],
      );
      return isWritten && others.size <= 1 ? conflicts : writeConflict;
    });
  };

  const releaseTogether = async (
    holderText: string,
    released: readonly Released[],
  ): Promise<void> => {
    const holder = holderSchema.parse(JSON.parse(holderText));
    await optimisticWrite('the ledger of users', async (tries) => {
      const assumed = guards.assumed(holder);
      const heldBy = ({ run, held }: Guard): readonly Released[] =>
        run > holder.run ? [] : released.filter(({ rowKey }) => held.has(shortKey(rowKey)));
      const guard = tries === 1 && heldBy(assumed).length > 0 ? assumed : await guards.read(holder);
      const own = heldBy(guard);
      if (own.length === 0) return undefined;
      const needsRead = ({ rowKey, isMoved }: Released): boolean =>
        tries > 1 || (!isMoved && guard.held.get(shortKey(rowKey)) === true);
      const rows = await readRows(own.filter(needsRead).map(({ rowKey }) => rowKey));
      const actions = own.flatMap((one) =>
        needsRead(one) ? endAsRead(holder, one, rows.get(one.rowKey)) : [endUnread(one)],
      );
      const held = new Map(guard.held);
      for (const { rowKey } of own) held.delete(shortKey(rowKey));
      return (await guards.write([{ ...guard, run: holder.run, held }], actions))
        ? undefined
        : writeConflict;
    });
  };
  // Many SharePoint tasks of a batch end at the same time. Grouping avoids conflicts on the guard.
  const release = groupCommit<Released>(maxReleasedTogether, (holderText, released) =>
    releaseTogether(holderText, [
      ...new Map(
        released
          .toSorted((a, b) => Number(a.isMoved) - Number(b.isMoved))
          .map((one) => [one.rowKey, one]),
      ).values(),
    ]),
  );

  return {
    async reserve(holder, users, at) {
      const named = new Map(users.map((user) => [user.key, user]));
      const wanted = await Promise.all(
        [...named.values()].map(async ({ key: name, moveAgain }): Promise<Wanted> => ({
          name,
          rowKey: await rowKeyOf(name),
          moveAgain,
        })),
      );
      const conflicts = new Map<string, LedgerEntry>();
      for (let start = 0; start < wanted.length; start += maxReservedTogether) {
        for (const [name, entry] of await reserve(
          holder,
          wanted.slice(start, start + maxReservedTogether),
          at,
        ))
          conflicts.set(name, entry);
      }
      return conflicts;
    },
    async release({ migrationId, batchId, run }, users, at) {
      const holderText = JSON.stringify({ migrationId, batchId, run });
      await Promise.all(
        users.map(async ({ key, isMoved }) =>
          release(holderText, { rowKey: await rowKeyOf(key), isMoved, at }),
        ),
      );
    },
    async find(keys) {
      const rows = await inParallel(parallelReads, keys, async (key) =>
        findRow(table, entryKey(await rowKeyOf(key))),
      );
      return new Map(
        rows.flatMap((row, index) =>
          row === undefined ? [] : [[keys[index] ?? '', fromRow(entrySchema, row)]],
        ),
      );
    },
  };
}

const holderSchema = z.object({ migrationId: z.string(), batchId: z.string(), run: z.int() });
