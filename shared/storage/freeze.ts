import {
  odata,
  type TableClient,
  type TableEntity,
  type TransactionAction,
} from '@azure/data-tables';
import { z } from 'zod';
import {
  type Freeze,
  type FreezeCommand,
  freezeCommandSchema,
  freezeSchema,
} from '../contracts/command.ts';
import { contentHash } from './encoding.ts';
import { optimisticWrite, writeConflict } from './concurrentWrites.ts';
import type { FreezeRequest, FreezeStore } from './globalStores.ts';
import {
  allRows,
  changedRow,
  changeRow,
  etagOf,
  findRow,
  fromRow,
  type Key,
  type Row,
  toRow,
} from './table.ts';
import { trySubmit } from './tableWrites.ts';

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
        const state: TableEntity = changedRow(row ?? { ...stateKey }, {
          ...(frozen ?? { since: null, by: null, reason: null }),
          sequence,
        });
        const actions: TransactionAction[] = [
          row === undefined
            ? ['create', state]
            : ['update', state, 'Replace', { etag: etagOf(row) }],
          ['create', toRow(askedKey(sequence), command)],
          ...(key === undefined
            ? []
            : [
                ['create', toRow(keyOf(asked.kind, key), { sequence })] satisfies TransactionAction,
              ]),
        ];
        return (await trySubmit(table, actions)) ? command : writeConflict;
      }),
    listUnrecorded: async () =>
      (await allRows(table, unrecorded)).map((row) => fromRow(freezeCommandSchema, row)),
    async markRecorded(sequence) {
      await changeRow(table, askedKey(sequence), () => ({ isRecorded: true }));
    },
  };
}
