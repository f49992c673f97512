import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import {
  type Freeze,
  type FreezeCommand,
  freezeCommandSchema,
  freezeSchema,
} from '../contracts/command.ts';
import { optimisticWrite, writeConflict } from './concurrentWrites.ts';
import { contentHash, fromRow, type Key, type Row, toRow } from './encoding.ts';
import { allRows } from './pages.ts';
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
const partitionKey = '.freeze';
const stateKey: Key = { partitionKey, rowKey: 'state' };
const askedKey = (sequence: number): Key => ({
  partitionKey,
  rowKey: `asked.${String(sequence).padStart(10, '0')}`,
});
const keyOf = (kind: FreezeCommand['kind'], key: string): Key => ({
  partitionKey,
  rowKey: `key.${contentHash(kind, key)}`,
});
const unrecorded = `${odata`PartitionKey eq ${partitionKey} and RowKey ge ${'asked.'} and RowKey lt ${'asked/'}`} and isRecorded eq false`;
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
