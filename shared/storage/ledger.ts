import type { TableClient, TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import { groupCommit, optimisticWrite, writeConflict } from './concurrentWrites.ts';
import type { LedgerEntry, LedgerHolder, UserLedger } from './globalStores.ts';
import { userKeyHasher, usersPartition } from './keys.ts';
import { type Guard, type LedgerGuards, ledgerGuards, shortKey } from './ledgerGuards.ts';
import { inParallel } from './limits.ts';
import { changedRow, etagOf, findRow, fromRow, type Key, type Row, toRow } from './table.ts';

// A transaction can hold 100 rows: the guard of the batch, possibly the guard of another batch, and
// the users.
const maxReservedTogether = 98;
const maxReleasedTogether = 99;
const parallelReads = 16;

const entrySchema = z.object({
  migrationId: z.string(),
  batchId: z.string(),
  state: z.enum(['reserved', 'moved']),
  at: z.string(),
});
const withBeforeSchema = entrySchema.extend({ movedBefore: entrySchema.nullable() });
type Stored = z.infer<typeof withBeforeSchema>;

const keyOf = (rowKey: string): Key => ({ partitionKey: usersPartition, rowKey });

interface Wanted {
  readonly name: string;
  readonly rowKey: string;
  readonly moveAgain: boolean;
}

interface Released {
  readonly rowKey: string;
  readonly isMoved: boolean;
  readonly at: string;
}

/**
 * Creates the ledger in the table `users`: an entry for each reserved or migrated user, and a guard
 * for each batch.
 */
export function ledgerTable(table: TableClient): UserLedger {
  const rowKeyOf = userKeyHasher(table);
  const guards = ledgerGuards(table);
  const readRows = async (rowKeys: readonly string[]): Promise<ReadonlyMap<string, Row>> => {
    const rows = await inParallel(parallelReads, rowKeys, (rowKey) =>
      findRow(table, keyOf(rowKey)),
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
        findRow(table, keyOf(await rowKeyOf(key))),
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

interface ReplacedEntry {
  readonly rowKey: string;
  readonly wasMoved: boolean;
  readonly action: TransactionAction;
}

/**
 * Returns the rows to write to reserve users, and the conflicts. `others` are users reserved by
 * another batch of the migration.
 */
function reservationOf(
  { migrationId, batchId }: LedgerHolder,
  wanted: readonly Wanted[],
  rows: ReadonlyMap<string, Row>,
  at: string,
) {
  const conflicts = new Map<string, LedgerEntry>();
  const held = new Map<string, boolean>();
  const others = new Map<string, ReplacedEntry[]>();
  const actions: TransactionAction[] = [];
  const reserved = { migrationId, batchId, state: 'reserved', at, movedBefore: null } as const;
  for (const { name, rowKey, moveAgain } of wanted) {
    const row = rows.get(rowKey);
    if (row === undefined) {
      actions.push(['create', toRow(keyOf(rowKey), reserved)]);
      held.set(shortKey(rowKey), false);
      continue;
    }
    const { movedBefore, ...entry } = fromRow(withBeforeSchema, row);
    const replaceWith = (before: Stored['movedBefore']): TransactionAction => [
      'update',
      changedRow(row, { ...reserved, movedBefore: before }),
      'Replace',
      { etag: etagOf(row) },
    ];
    if (entry.state === 'moved' && moveAgain) {
      actions.push(replaceWith(entry));
      held.set(shortKey(rowKey), true);
    } else if (
      entry.state === 'reserved' &&
      entry.migrationId === migrationId &&
      entry.batchId !== batchId
    ) {
      others.set(entry.batchId, [
        ...(others.get(entry.batchId) ?? []),
        { rowKey, wasMoved: movedBefore !== null, action: replaceWith(movedBefore) },
      ]);
    } else if (entry.state === 'moved' || entry.migrationId !== migrationId) {
      conflicts.set(name, entry);
    } else {
      // The batch has reserved the user, but its guard was removed.
      held.set(shortKey(rowKey), movedBefore !== null);
    }
  }
  return { conflicts, held, others, actions };
}

/**
 * Returns the guard of another batch without the users that it hands over; empty if it has no
 * guard.
 */
async function guardWithout(
  guards: LedgerGuards,
  batchKey: Pick<LedgerHolder, 'migrationId' | 'batchId'>,
  fromOther: readonly ReplacedEntry[],
): Promise<Guard[]> {
  const guard = await guards.read(batchKey);
  const held = new Map(guard.held);
  for (const { rowKey } of fromOther) held.delete(shortKey(rowKey));
  return guard.row === undefined ? [] : [{ ...guard, held }];
}

/** Ends a reservation that the guard lists. */
function endUnread({ rowKey, isMoved, at }: Released): TransactionAction {
  return isMoved
    ? ['update', toRow(keyOf(rowKey), { state: 'moved', at }), 'Merge']
    : ['delete', { ...keyOf(rowKey) }];
}

/**
 * Ends a reservation whose entry was read. Does nothing if the entry is gone or belongs to another
 * batch.
 */
function endAsRead(
  { migrationId, batchId }: LedgerHolder,
  { rowKey, isMoved, at }: Released,
  row: Row | undefined,
): TransactionAction[] {
  if (row === undefined) return [];
  const { movedBefore, ...entry } = fromRow(withBeforeSchema, row);
  if (entry.state !== 'reserved' || entry.migrationId !== migrationId || entry.batchId !== batchId)
    return [];
  const condition = { etag: etagOf(row) };
  if (!isMoved && movedBefore === null) return [['delete', { ...keyOf(rowKey) }]];
  const changes = isMoved ? { state: 'moved', at } : { ...movedBefore, movedBefore: null };
  return [['update', changedRow(row, changes), 'Replace', condition]];
}
