import { odata, type TableClient } from '@azure/data-tables';
import type { ContainerClient } from '@azure/storage-blob';
import { z } from 'zod';
import { type Rejection, rejectionSchema } from '../contracts/rejection.ts';
import { contentHash } from './contentHash.ts';
import { newestFirst } from './newestFirst.ts';
import { changeRow, findRow, fromRow, insertRow, listRows, type Row, toRow } from './rows.ts';
import { timeLimit } from './storageLimits.ts';
import type { RejectionStore } from './stores.ts';

const partitionKey = 'rejection';
// The id is the queue's: hashed, because nothing from outside becomes a key unchecked.
const keyOf = (id: string): string => contentHash(id).slice(0, 32);

/** A rejection that is recorded once more. What a replay has made of the message stays. */
export function againRefused({ replayedAt, migrationId }: Rejection, again: Rejection): Rejection {
  return migrationId === null ? again : { ...again, replayedAt, migrationId };
}

/** The table `rejections`, newest first, and the texts of the refused messages as blobs beside it. */
export function rejectionTable(table: TableClient, texts: ContainerClient): RejectionStore {
  const rowOf = async (id: string): Promise<Row | undefined> => {
    const place = await findRow(table, { partitionKey: 'place', rowKey: keyOf(id) });
    return typeof place?.['listed'] === 'string' ? findRow(table, { partitionKey, rowKey: place['listed'] }) : undefined;
  };
  return {
    async save(rejection, text) {
      const id = keyOf(rejection.id);
      const data = Buffer.from(text);
      await texts.getBlockBlobClient(`${id}.txt`).uploadData(data, { blobHTTPHeaders: { blobContentType: 'text/plain; charset=utf-8' }, abortSignal: timeLimit(data.length) });
      const listed = newestFirst({ id, atMs: Date.parse(rejection.rejectedAt) });
      const place = { partitionKey: 'place', rowKey: id };
      const known = (await insertRow(table, toRow(place, { listed }))) ? undefined : await findRow(table, place);
      const key = { partitionKey, rowKey: known === undefined ? listed : z.string().parse(known['listed']) };
      // It may be recorded once more after it was taken: by another delivery, or by an instance that stood still.
      if (!(await insertRow(table, toRow(key, rejection)))) await changeRow(table, key, (row) => againRefused(fromRow(rejectionSchema, row), rejection));
    },
    async get(id) {
      const row = await rowOf(id);
      if (row === undefined) return undefined;
      const text = await texts.getBlobClient(`${keyOf(id)}.txt`).downloadToBuffer(0, undefined, { abortSignal: timeLimit() });
      return { rejection: fromRow(rejectionSchema, row), text: text.toString('utf8') };
    },
    async markReplayed(id, replay) {
      const row = await rowOf(id);
      const isMarked = row !== undefined && (await changeRow(table, { partitionKey, rowKey: z.string().parse(row['rowKey']) }, () => replay));
      if (!isMarked) throw new Error('there is no such rejection to mark');
    },
    async list(options) {
      const page = await listRows(table, odata`PartitionKey eq ${partitionKey}`, 'rejections', options);
      return { ...page, items: page.items.map((row) => fromRow(rejectionSchema, row)) };
    },
  };
}
