import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import type { TableClient, TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import { fromRow, type Key, type Row, toRow } from './rows.ts';
import { changeAction, findRow, insertRow, sharedRows } from './table.ts';

/** A holder of users in the ledger: a batch in one of its runs. */
export interface LedgerHolder {
  readonly migrationId: string;
  readonly batchId: string;
  /**
   * A later run inherits the users of an earlier run. Calls of an earlier run then have no effect.
   */
  readonly run: number;
}

/**
 * An entry of the ledger. `reserved`: a migration will migrate the user. `moved`: the migration has
 * migrated the user.
 */
export interface LedgerEntry {
  readonly migrationId: string;
  readonly batchId: string;
  readonly state: 'reserved' | 'moved';
  readonly at: string;
}

export const entrySchema = z.object({
  migrationId: z.string(),
  batchId: z.string(),
  state: z.enum(['reserved', 'moved']),
  at: z.string(),
});
const withBeforeSchema = entrySchema.extend({ movedBefore: entrySchema.nullable() });
type Stored = z.infer<typeof withBeforeSchema>;

export const entryKey = (rowKey: string): Key => ({ partitionKey: usersPartition, rowKey });

/** A user to reserve. */
export interface Wanted {
  readonly name: string;
  readonly rowKey: string;
  readonly moveAgain: boolean;
}

/** A user to release. */
export interface Released {
  readonly rowKey: string;
  readonly isMoved: boolean;
  readonly at: string;
}

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
  const rows = sharedRows(table, maxCachedUsers, (row) => fromRow(schema, row).held.length + 1);
  const keyOf = ({ migrationId, batchId }: BatchKey): Key => ({
    partitionKey: usersPartition,
    rowKey: `batch.${migrationId}.${batchId}`,
  });
  const guardOf = (key: Key, row: Row | undefined): Guard => {
    if (row === undefined) return { key, run: 0, held: new Map(), row };
    const { run, held } = fromRow(schema, row);
    return {
      key,
      run,
      held: new Map(held.map((name) => [name.replace(movedMark, ''), name.endsWith(movedMark)])),
      row,
    };
  };
  return {
    /** Returns the cached guard, or an empty one. */
    assumed: (batchKey: BatchKey): Guard => guardOf(keyOf(batchKey), rows.assumed(keyOf(batchKey))),
    async read(batchKey: BatchKey): Promise<Guard> {
      return guardOf(keyOf(batchKey), await rows.find(keyOf(batchKey)));
    },
    /**
     * Writes entries and their guards in one transaction. Returns false if another writer has
     * changed a guard or an entry.
     */
    write: (guards: readonly Guard[], entries: readonly TransactionAction[]): Promise<boolean> =>
      rows.submit(
        guards.map(({ key, row, run, held }) => {
          const names = [...held].map(([name, wasMoved]) => `${name}${wasMoved ? movedMark : ''}`);
          return changeAction(key, row, { run, held: names });
        }),
        entries,
      ),
  };
}

export type LedgerGuards = ReturnType<typeof ledgerGuards>;

/**
 * The partition of all entries and guards of the ledger, so that one transaction can write them.
 */
const usersPartition = 'users';
const saltKey: Key = { partitionKey: 'salt', rowKey: 'salt' };
const saltBytes = 32;

/**
 * Returns a function that computes the row key of a user: an HMAC with the salt of the ledger. The
 * salt is created once and cached.
 */
export function userKeyHasher(table: TableClient): (name: string) => Promise<string> {
  // A key object, because creating one takes longer than the HMAC.
  let key: Promise<KeyObject> | undefined;
  const readSalt = async (): Promise<string> => {
    const row = await findRow(table, saltKey);
    if (row !== undefined) return z.string().parse(row['salt']);
    const made = randomBytes(saltBytes).toString('hex');
    if (await insertRow(table, { ...saltKey, salt: made })) return made;
    return z.string().parse((await findRow(table, saltKey))?.['salt']);
  };
  return async (name) => {
    key ??= readSalt().then((salt) => createSecretKey(salt, 'hex'));
    // A failure is not cached.
    key.catch(() => (key = undefined));
    return createHmac('sha256', await key)
      .update(name)
      .digest('hex');
  };
}

interface ReplacedEntry {
  readonly rowKey: string;
  readonly wasMoved: boolean;
  readonly action: TransactionAction;
}

/**
 * Returns the rows to write to reserve users, and the conflicts. `others` are users reserved by
 * another batch of the migration.
 */
export function reservationOf(
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
      actions.push(['create', toRow(entryKey(rowKey), reserved)]);
      held.set(shortKey(rowKey), false);
      continue;
    }
    const { movedBefore, ...entry } = fromRow(withBeforeSchema, row);
    const replaceWith = (before: Stored['movedBefore']): TransactionAction =>
      changeAction(entryKey(rowKey), row, { ...reserved, movedBefore: before });
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
export async function guardWithout(
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
export function endUnread({ rowKey, isMoved, at }: Released): TransactionAction {
  return isMoved
    ? ['update', toRow(entryKey(rowKey), { state: 'moved', at }), 'Merge']
    : ['delete', { ...entryKey(rowKey) }];
}

/**
 * Ends a reservation whose entry was read. Does nothing if the entry is gone or belongs to another
 * batch.
 */
export function endAsRead(
  { migrationId, batchId }: LedgerHolder,
  { rowKey, isMoved, at }: Released,
  row: Row | undefined,
): TransactionAction[] {
  if (row === undefined) return [];
  const { movedBefore, ...entry } = fromRow(withBeforeSchema, row);
  if (entry.state !== 'reserved' || entry.migrationId !== migrationId || entry.batchId !== batchId)
    return [];
  if (!isMoved && movedBefore === null) return [['delete', { ...entryKey(rowKey) }]];
  const changes = isMoved ? { state: 'moved', at } : { ...movedBefore, movedBefore: null };
  return [changeAction(entryKey(rowKey), row, changes)];
}
