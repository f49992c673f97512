import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import {
  type Freeze,
  type FreezeCommand,
  freezeCommandSchema,
  freezeSchema,
} from '../contracts/command.ts';
import { optimisticWrite, writeConflict } from './calls.ts';
import { allRows, contentHash, fromRow, type Key, type Row, toRow } from './rows.ts';
import { changeAction, findRow, sharedRows } from './table.ts';

/** A request to set or lift the freeze. */
export type FreezeRequest = Pick<FreezeCommand, 'kind' | 'by' | 'reason' | 'askedAt'>;

/** The freeze of all migrations. */
export interface FreezeStore {
  /** Returns the current freeze, or null. It is read from storage at every call, never cached. */
  current(): Promise<Freeze | null>;
  /**
   * Sets or lifts the freeze, even if others do so at the same time, and returns the recorded
   * command. A known idempotency key changes nothing and returns its command.
   */
  ask(asked: FreezeRequest, key: string | undefined): Promise<FreezeCommand>;
  /** Returns the commands that are not recorded in the audit trail yet, oldest first. */
  listUnrecorded(): Promise<readonly FreezeCommand[]>;
  /** Marks a command as recorded in the audit trail. */
  markRecorded(sequence: number): Promise<void>;
}

// In the table `commands`. Ids of migrations do not begin with a dot.
const freezePartition = '.freeze';
const stateKey: Key = { partitionKey: freezePartition, rowKey: 'state' };
const askedKey = (sequence: number): Key => ({
  partitionKey: freezePartition,
  rowKey: `asked.${String(sequence).padStart(10, '0')}`,
});
const keyOf = (kind: FreezeCommand['kind'], key: string): Key => ({
  partitionKey: freezePartition,
  rowKey: `key.${contentHash(kind, key)}`,
});
const unrecorded = `${odata`PartitionKey eq ${freezePartition} and RowKey ge ${'asked.'} and RowKey lt ${'asked/'}`} and isRecorded eq false`;
const sequenceSchema = z.object({ sequence: z.int() });

/**
 * Returns the new freeze and the command to record. `before` is the current freeze, `sequence` the
 * number of earlier commands. A late unfreeze changes nothing: it was requested before the current
 * freeze, so it was meant for an earlier one. A late freeze takes effect, because a freeze must
 * never fail on what clocks say.
 */
export function nextFreeze(
  { kind, by, reason, askedAt }: FreezeRequest,
  before: Freeze | null,
  sequence: number,
): { readonly frozen: Freeze | null; readonly command: FreezeCommand } {
  const isEffective =
    kind === 'freeze'
      ? before === null
      : before !== null && Date.parse(askedAt) >= Date.parse(before.since);
  const lasting = kind === 'freeze' ? { since: askedAt, by, reason } : null;
  const frozen = isEffective ? lasting : before;
  return {
    frozen,
    command: {
      sequence: sequence + 1,
      kind,
      by,
      reason,
      askedAt,
      isEffective,
      since: (frozen ?? before)?.since ?? null,
      isRecorded: false,
    },
  };
}

/**
 * Creates the store of the freeze: one partition of the table `commands` with the current freeze,
 * the commands, and their idempotency keys.
 */
export function freezeTable(table: TableClient): FreezeStore {
  const rows = sharedRows(table);
  const frozenIn = (row: Row | undefined): Freeze | null =>
    row?.['since'] === undefined ? null : fromRow(freezeSchema, row);
  const findRepeated = async (
    kind: FreezeCommand['kind'],
    key: string | undefined,
  ): Promise<FreezeCommand | undefined> => {
    const keyRow = key === undefined ? undefined : await findRow(table, keyOf(kind, key));
    const row =
      keyRow === undefined
        ? undefined
        : await findRow(table, askedKey(sequenceSchema.parse(keyRow).sequence));
    return row === undefined ? undefined : fromRow(freezeCommandSchema, row);
  };
  return {
    current: async () => frozenIn(await findRow(table, stateKey)),
    ask: (asked, key) =>
      optimisticWrite('the freeze of all migrations', async () => {
        const repeated = await findRepeated(asked.kind, key);
        if (repeated !== undefined) return repeated;
        const row = await findRow(table, stateKey);
        const { frozen, command } = nextFreeze(
          asked,
          frozenIn(row),
          row === undefined ? 0 : sequenceSchema.parse(row).sequence,
        );
        const { sequence } = command;
        const state = { ...(frozen ?? { since: null, by: null, reason: null }), sequence };
        const actions: TransactionAction[] = [
          changeAction(stateKey, row, state),
          ['create', toRow(askedKey(sequence), command)],
          ...(key === undefined
            ? []
            : [
                ['create', toRow(keyOf(asked.kind, key), { sequence })] satisfies TransactionAction,
              ]),
        ];
        return (await rows.submit([], actions)) ? command : writeConflict;
      }),
    listUnrecorded: async () =>
      (await allRows(table, unrecorded)).map((row) => fromRow(freezeCommandSchema, row)),
    async markRecorded(sequence) {
      await rows.update(askedKey(sequence), { isRecorded: true });
    },
  };
}

/** A holder of quota: a SharePoint task, or a whole batch if `taskId` is null. */
export interface QuotaHolder {
  readonly migrationId: string;
  readonly batchId: string;
  readonly taskId: string | null;
}

/**
 * The quota of queued OneDrive and SharePoint moves, across all migrations. Microsoft limits them
 * per source tenant.
 */
export interface QuotaStore {
  /**
   * Reserves the amount if the total stays within `limit`. Returns the quota of the holder, which
   * an earlier call may have reserved; undefined if the limit is reached. A holder with an amount
   * of 0 is blocked: it never gets quota.
   */
  hold(holder: QuotaHolder, amount: number, limit: number): Promise<number | undefined>;
  /** Returns the quota of a holder; undefined if it has none. */
  find(holder: QuotaHolder): Promise<number | undefined>;
  /** Releases the quota of a holder. Does nothing if it has none. */
  release(holder: QuotaHolder): Promise<void>;
  /** Releases the quota of a batch and its tasks. */
  releaseBatch(migrationId: string, batchId: string): Promise<void>;
  /** Returns the total of all holders. */
  count(): Promise<number>;
}

const quotaPartition = 'quota';
const totalKey: Key = { partitionKey: quotaPartition, rowKey: 'count' };

const batchPrefix = ({
  migrationId,
  batchId,
}: Pick<QuotaHolder, 'migrationId' | 'batchId'>): string => `held.${migrationId}.${batchId}.`;
const heldKey = (holder: QuotaHolder): Key => ({
  partitionKey: quotaPartition,
  rowKey: `${batchPrefix(holder)}${holder.taskId ?? ''}`,
});
const amountOf = (row: Row): number => z.int().min(0).parse(row['amount']);

/**
 * Creates the quota store in the table `quota`: a row for each holder and a row with the total, in
 * one partition, so that one transaction changes both and a crash never leaves them inconsistent.
 */
export function quotaTable(table: TableClient): QuotaStore {
  // Only the total is cached.
  const rows = sharedRows(table, 1);
  const totalIn = (row: Row | undefined): number => (row === undefined ? 0 : amountOf(row));
  // Serializes the callers of this process: otherwise they would conflict with each other.
  let queue: Promise<unknown> = Promise.resolve();
  const change = <Result>(
    tryOnce: () => Promise<Result | typeof writeConflict>,
  ): Promise<Result> => {
    const own = queue.then(() => optimisticWrite('the total of the quota', tryOnce));
    queue = own.catch(() => undefined);
    return own;
  };
  /**
   * Writes the row of a holder and the total in one transaction. Returns false if another writer
   * changed one of them first.
   */
  const write = (
    holder: TransactionAction,
    total: Row | undefined,
    amount: number,
  ): Promise<boolean> => rows.submit([changeAction(totalKey, total, { amount })], [holder]);
  /** Releases a holder. `seen` is its row if the caller has read it. */
  const release = (key: Key, seen?: Row): Promise<null> => {
    let first = seen;
    return change(async () => {
      const [held, total] = await Promise.all([
        first ?? findRow(table, key),
        rows.assumed(totalKey) ?? rows.find(totalKey),
      ]);
      first = undefined;
      if (held === undefined) return null;
      const remaining = Math.max(0, totalIn(total) - amountOf(held));
      return (await write(['delete', { ...key }], total, remaining)) ? null : writeConflict;
    });
  };
  return {
    hold: (holder, amount, limit) =>
      change(async () => {
        const key = heldKey(holder);
        const cached = rows.assumed(totalKey);
        const [held, found] = await Promise.all([
          findRow(table, key),
          cached ?? rows.find(totalKey),
        ]);
        if (held !== undefined) return amountOf(held);
        const fits = (total: Row | undefined): boolean =>
          amount === 0 || totalIn(total) + amount <= limit;
        // The cached total may be outdated: another instance may have released quota.
        const total = cached === undefined || fits(cached) ? found : await rows.find(totalKey);
        if (!fits(total)) return undefined;
        const taken = totalIn(total) + amount;
        return (await write(['create', toRow(key, { ...holder, amount })], total, taken))
          ? amount
          : writeConflict;
      }),
    async find(holder) {
      const held = await findRow(table, heldKey(holder));
      return held === undefined ? undefined : amountOf(held);
    },
    async release(holder) {
      await release(heldKey(holder));
    },
    async releaseBatch(migrationId, batchId) {
      const prefix = batchPrefix({ migrationId, batchId });
      const rows = await allRows(
        table,
        odata`PartitionKey eq ${quotaPartition} and RowKey ge ${prefix} and RowKey lt ${`${prefix.slice(0, -1)}/`}`,
      );
      for (const row of rows)
        await release(
          { partitionKey: quotaPartition, rowKey: z.string().parse(row['rowKey']) },
          row,
        );
    },
    async count() {
      return totalIn(await findRow(table, totalKey));
    },
  };
}
