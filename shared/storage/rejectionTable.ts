import { odata, type TableClient } from '@azure/data-tables';
import type { ContainerClient } from '@azure/storage-blob';
import { rejectionSchema } from '../contracts/rejection.ts';
import { contentHash } from './contentHash.ts';
import { newestFirst } from './newestFirst.ts';
import { findRow, fromRow, listRows, toRow } from './rows.ts';
import type { RejectionStore } from './stores.ts';

const partitionKey = 'rejection';

/** The table `rejections`, newest first, and the texts of the refused messages as blobs beside it. */
export function rejectionTable(table: TableClient, texts: ContainerClient): RejectionStore {
  return {
    async save(rejection, text) {
      // The id is the queue's: hashed, because nothing from outside becomes a key unchecked.
      const id = contentHash(rejection.id).slice(0, 32);
      const data = Buffer.from(text);
      await texts.getBlockBlobClient(`${id}.txt`).uploadData(data, { blobHTTPHeaders: { blobContentType: 'text/plain; charset=utf-8' } });
      const place = { partitionKey: 'place', rowKey: id };
      const known = await findRow(table, place);
      const rowKey = typeof known?.['listed'] === 'string' ? known['listed'] : newestFirst({ id, atMs: Date.parse(rejection.rejectedAt) });
      await table.upsertEntity(toRow(place, { listed: rowKey }), 'Replace');
      await table.upsertEntity(toRow({ partitionKey, rowKey }, rejection), 'Replace');
    },
    async list(options) {
      const page = await listRows(table, odata`PartitionKey eq ${partitionKey}`, 'rejections', options);
      return { ...page, items: page.items.map((row) => fromRow(rejectionSchema, row)) };
    },
  };
}
