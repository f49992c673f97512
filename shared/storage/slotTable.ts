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

interface Sum {
  readonly moves: number;
  readonly etag: string;
}

/**
 * The table `slots`: a row for each holder and one with their sum, all in one partition, so that both change in one
 * transaction or not at all. A crash between two calls leaves nothing half done.
 */
export function slotTable(table: TableClient): SlotStore {
  const readSum = async (): Promise<Sum> => {
    const row = (await findRow(table, countKey)) ?? ((await insertRow(table, toRow(countKey, { moves: 0 }))) ? undefined : await findRow(table, countKey));
    return row === undefined ? readSum() : { moves: movesIn(row), etag: z.string().parse(row['etag']) };
  };
  // As this process has written it last: where somebody else has written since, the transaction is refused.
  let known: Sum | undefined;
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
  /** Writes a holder's row together with the sum; false when another writer was quicker. */
  const submitted = async (holder: TransactionAction, moves: number, { etag }: Sum): Promise<boolean> => {
    known = undefined;
    try {
      const { subResponses } = await table.submitTransaction([holder, ['update', toRow(countKey, { moves }), 'Replace', { etag }]]);
      const written = subResponses[1]?.etag;
      if (written !== undefined) known = { moves, etag: written };
      return true;
    } catch (error) {
      if (hasStatus(error, 412) || hasStatus(error, 409) || hasStatus(error, 404)) return false;
      throw error;
    }
  };
  /** `seen`: the holder's row, where the caller has read it. */
  const release = (key: Key, seen?: Readonly<Record<string, unknown>>): Promise<null> => {
    let first = seen;
    return change(async () => {
      const [held, sum] = await Promise.all([first ?? findRow(table, key), known ?? readSum()]);
      first = undefined;
      if (held === undefined) return { result: null };
      return (await submitted(['delete', { ...key }], Math.max(0, sum.moves - movesIn(held)), sum)) ? { result: null } : 'overtaken';
    });
  };
  return {
    hold: (holder, moves, limit) =>
      change(async () => {
        const key = heldKey(holder);
        const remembered = known;
        const [held, sum] = await Promise.all([findRow(table, key), remembered ?? readSum()]);
        if (held !== undefined) return { result: movesIn(held) };
        if (sum.moves + moves > limit && moves > 0) {
          known = undefined;
          // Somebody else may have made room since.
          return sum === remembered ? 'overtaken' : { result: undefined };
        }
        return (await submitted(['create', toRow(key, { ...holder, moves })], sum.moves + moves, sum)) ? { result: moves } : 'overtaken';
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
      for (const row of rows) await release({ partitionKey, rowKey: z.string().parse(row['rowKey']) }, row);
    },
    async count() {
      return (await readSum()).moves;
    },
  };
}
