import { setTimeout as sleep } from 'node:timers/promises';
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import { allRows, findRow, hasStatus, insertRow, type Key, toRow } from './rows.ts';
import type { SlotHolder, SlotStore } from './stores.ts';

const partitionKey = 'moves';
const countKey: Key = { partitionKey, rowKey: 'count' };
// Every refusal means that another writer got through.
const maxTries = 100;

const batchPrefix = ({ migrationId, batchId }: Pick<SlotHolder, 'migrationId' | 'batchId'>): string => `held.${migrationId}.${batchId}.`;
const heldKey = (holder: SlotHolder): Key => ({ partitionKey, rowKey: `${batchPrefix(holder)}${holder.taskId ?? ''}` });
const movesIn = (row: Readonly<Record<string, unknown>>): number => z.int().min(0).parse(row['moves']);

/**
 * The table `slots`: a row for each holder and one with their sum, all in one partition, so that both change in one
 * transaction or not at all. A crash between two calls leaves nothing half done.
 */
export function slotTable(table: TableClient): SlotStore {
  const readSum = async (): Promise<{ readonly moves: number; readonly etag: string }> => {
    const row = (await findRow(table, countKey)) ?? ((await insertRow(table, toRow(countKey, { moves: 0 }))) ? undefined : await findRow(table, countKey));
    return row === undefined ? readSum() : { moves: movesIn(row), etag: z.string().parse(row['etag']) };
  };
  const sumAs = (moves: number, etag: string): TransactionAction => ['update', toRow(countKey, { moves }), 'Replace', { etag }];
  // Callers of one process take turns: against each other they would only lose time.
  let last: Promise<unknown> = Promise.resolve();
  const change = <Result>(tryOnce: () => Promise<{ readonly result: Result } | 'overtaken'>): Promise<Result> => {
    const own = last.then(() => untilWritten(tryOnce));
    last = own.catch(() => undefined);
    return own;
  };
  /** Tries until no other writer was quicker. */
  const untilWritten = async <Result>(tryOnce: () => Promise<{ readonly result: Result } | 'overtaken'>): Promise<Result> => {
    for (let tries = 1; ; tries += 1) {
      const tried = await tryOnce();
      if (tried !== 'overtaken') return tried.result;
      if (tries === maxTries) throw new Error('the slots are written by too many at once');
      await sleep(Math.random() * Math.min(10 * tries, 200));
    }
  };
  const submitted = async (actions: TransactionAction[]): Promise<boolean> => {
    try {
      await table.submitTransaction(actions);
      return true;
    } catch (error) {
      if (hasStatus(error, 412) || hasStatus(error, 409) || hasStatus(error, 404)) return false;
      throw error;
    }
  };
  const release = (key: Key): Promise<null> =>
    change(async () => {
      const [held, { moves, etag }] = await Promise.all([findRow(table, key), readSum()]);
      if (held === undefined) return { result: null };
      const actions: TransactionAction[] = [['delete', { ...key }], sumAs(Math.max(0, moves - movesIn(held)), etag)];
      return (await submitted(actions)) ? { result: null } : 'overtaken';
    });
  return {
    hold: (holder, moves, limit) =>
      change(async () => {
        const key = heldKey(holder);
        const [held, sum] = await Promise.all([findRow(table, key), readSum()]);
        if (held !== undefined) return { result: movesIn(held) };
        if (sum.moves + moves > limit && moves > 0) return { result: undefined };
        const actions: TransactionAction[] = [['create', toRow(key, { ...holder, moves })], sumAs(sum.moves + moves, sum.etag)];
        return (await submitted(actions)) ? { result: moves } : 'overtaken';
      }),
    async find(holder) {
      const held = await findRow(table, heldKey(holder));
      return held === undefined ? undefined : movesIn(held);
    },
    async release(holder) {
      await release(heldKey(holder));
    },
    async releaseBatch(migrationId, batchId) {
      const prefix = batchPrefix({ migrationId, batchId });
      const rows = await allRows(table, odata`PartitionKey eq ${partitionKey} and RowKey ge ${prefix} and RowKey lt ${`${prefix.slice(0, -1)}/`}`);
      for (const row of rows) await release({ partitionKey, rowKey: z.string().parse(row['rowKey']) });
    },
    async count() {
      return (await readSum()).moves;
    },
  };
}
