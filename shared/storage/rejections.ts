import { odata, type TableClient } from '@azure/data-tables';
import type { ContainerClient } from '@azure/storage-blob';
import { z } from 'zod';
import { type Rejection, rejectionSchema } from '../contracts/rejection.ts';
import { newestFirst } from './keys.ts';
import { timeLimit } from './limits.ts';
import type { StoredRejection, RejectionStore } from './globalStores.ts';
import {
  changeRow,
  findRow,
  fromRow,
  insertRow,
  type Key,
  listRows,
  type Row,
  toRow,
} from './table.ts';

const partitionKey = 'rejection';
const rowSchema = rejectionSchema.extend({ lastEventId: z.string().nullable() });

/**
 * Returns true if a text can be the id of a rejection. Ids from callers are checked before they are
 * used as row keys.
 */
export function isRejectionId(id: string): boolean {
  return /^[a-z0-9-]{1,64}$/.test(id);
}

/**
 * Merges a repeated rejection: counts are added, the latest reason applies, and the result of a
 * replay stays.
 */
export function mergeRejection(known: Rejection, again: Rejection): Rejection {
  const counted = { ...again, rejectedAt: known.rejectedAt, count: known.count + again.count };
  return known.migrationId === null
    ? counted
    : { ...counted, replayedAt: known.replayedAt, migrationId: known.migrationId };
}

/**
 * Creates the store of rejections: the table `rejections`, newest first, and the texts of the
 * messages as blobs.
 */
export function rejectionTable(table: TableClient, texts: ContainerClient): RejectionStore {
  const pointerKey = (id: string): Key => ({ partitionKey: 'pointer', rowKey: id });
  const keyOf = async (id: string): Promise<Key | undefined> => {
    const pointer = isRejectionId(id) ? await findRow(table, pointerKey(id)) : undefined;
    return typeof pointer?.['rejectionKey'] === 'string'
      ? { partitionKey, rowKey: pointer['rejectionKey'] }
      : undefined;
  };
  const change = async (id: string, changes: object): Promise<void> => {
    const key = await keyOf(id);
    if (key === undefined || !(await changeRow(table, key, () => changes)))
      throw new Error('cannot update the rejection: it does not exist');
  };
  const save: RejectionStore['save'] = async (rejection, text) => {
    const { id } = rejection;
    let key = await keyOf(id);
    if (key === undefined) {
      await texts.getBlockBlobClient(`${id}.txt`).uploadData(Buffer.from(text), {
        blobHTTPHeaders: { blobContentType: 'text/plain; charset=utf-8' },
        abortSignal: timeLimit(text.length),
      });
      key = { partitionKey, rowKey: newestFirst({ id, atMs: Date.parse(rejection.rejectedAt) }) };
      if (!(await insertRow(table, toRow(pointerKey(id), { rejectionKey: key.rowKey }))))
        key = (await keyOf(id)) ?? key;
    }
    let stored: StoredRejection = { rejection, lastEventId: null };
    const isKnown = await changeRow(table, key, (row) => {
      const { lastEventId } = fromRow(rowSchema, row);
      stored = { rejection: mergeRejection(fromRow(rejectionSchema, row), rejection), lastEventId };
      return stored.rejection;
    });
    if (isKnown || (await insertRow(table, toRow(key, rejection)))) return stored;
    // Another writer has inserted the row in the meantime.
    return save(rejection, text);
  };
  return {
    save,
    async get(id) {
      const key = await keyOf(id);
      const row: Row | undefined = key === undefined ? undefined : await findRow(table, key);
      if (row === undefined) return undefined;
      const text = await texts
        .getBlobClient(`${id}.txt`)
        .downloadToBuffer(0, undefined, { abortSignal: timeLimit() });
      return { rejection: fromRow(rejectionSchema, row), text: text.toString('utf8') };
    },
    markReplayed: (id, replay) => change(id, replay),
    markReported: (id, lastEventId) => change(id, { lastEventId }),
    async list(options) {
      const page = await listRows(
        table,
        odata`PartitionKey eq ${partitionKey}`,
        'rejections',
        options,
      );
      return { ...page, items: page.items.map((row) => fromRow(rejectionSchema, row)) };
    },
  };
}
