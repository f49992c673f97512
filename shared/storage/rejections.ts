import { odata, type TableClient } from '@azure/data-tables';
import type { ContainerClient } from '@azure/storage-blob';
import { type QueueClient, RestError } from '@azure/storage-queue';
import { z } from 'zod';
import { type Rejection, rejectionSchema } from '../contracts/rejection.ts';
import { intakePolicy } from '../domain/policies.ts';
import { optimisticWrite, timeLimit, writeConflict } from './calls.ts';
import { fromRow, type Key, listRows, newestFirst, type Page, type Row, toRow } from './rows.ts';
import { findRow, insertRow, sharedRows } from './table.ts';

/**
 * A stored rejection. `lastEventId` is the id of the latest event that was sent about it, null
 * before the first.
 */
export interface StoredRejection {
  readonly rejection: Rejection;
  readonly lastEventId: string | null;
}

export interface RejectionStore {
  /**
   * Stores a rejected message with its reason, and returns the stored rejection. If the id exists,
   * its first instant stays, the counts are added, and the reason is replaced.
   */
  save(rejection: Rejection, text: string): Promise<StoredRejection>;
  /** Returns the rejection with the text of its message, or undefined. */
  get(id: string): Promise<{ readonly rejection: Rejection; readonly text: string } | undefined>;
  /** Stores the migration that a replay has created. */
  markReplayed(
    id: string,
    replay: { readonly replayedAt: string; readonly migrationId: string },
  ): Promise<void>;
  /** Stores the id of the event that was sent about the rejection. */
  markReported(id: string, lastEventId: string): Promise<void>;
  list(options: {
    readonly pageSize: number;
    readonly continuationToken?: string | undefined;
  }): Promise<Page<Rejection>>;
}

const partitionKey = 'rejection';
const rowSchema = rejectionSchema.extend({ lastEventId: z.string().nullable() });

/**
 * Returns true if a text can be the id of a rejection. Ids from callers are checked before they are
 * used as row keys.
 */
function isRejectionId(id: string): boolean {
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
  const rows = sharedRows(table);
  const change = async (id: string, changes: object): Promise<void> => {
    const key = await keyOf(id);
    if (key === undefined || !(await rows.update(key, changes)))
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
    const rowKey = key;
    return optimisticWrite('a rejection', async () => {
      let stored: StoredRejection = { rejection, lastEventId: null };
      const isKnown = await rows.change(rowKey, (row) => {
        const { lastEventId, ...known } = fromRow(rowSchema, row);
        stored = { rejection: mergeRejection(known, rejection), lastEventId };
        return stored.rejection;
      });
      // Otherwise another writer has inserted the row in the meantime.
      return isKnown || (await insertRow(table, toRow(rowKey, rejection))) ? stored : writeConflict;
    });
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

/**
 * A message of the queue `migration-requests-poison`, invisible to other readers for some minutes.
 */
export interface PoisonMessage {
  readonly messageId: string;
  readonly popReceipt: string;
  /** The original text, not decoded. */
  readonly text: string;
}

/**
 * The queue `migration-requests-poison`, to which the host moves messages that failed at every
 * delivery.
 */
export interface PoisonQueue {
  /**
   * Receives up to 32 messages. Messages that are not deleted become visible again after five
   * minutes.
   */
  receive(): Promise<readonly PoisonMessage[]>;
  /** Deletes a received message. A message that no longer exists is ignored. */
  delete(message: PoisonMessage): Promise<void>;
}

const maxMessages = 32;

/** Creates the store of the poison queue. A missing queue is treated as empty. */
export function poisonQueue(queue: QueueClient): PoisonQueue {
  return {
    async receive() {
      try {
        const { receivedMessageItems } = await queue.receiveMessages({
          numberOfMessages: maxMessages,
          visibilityTimeout: intakePolicy.poisonVisibilitySeconds,
          abortSignal: timeLimit(),
        });
        return receivedMessageItems.map(({ messageId, popReceipt, messageText }) => ({
          messageId,
          popReceipt,
          text: messageText,
        }));
      } catch (error) {
        if (error instanceof RestError && error.statusCode === 404) return [];
        throw error;
      }
    },
    async delete({ messageId, popReceipt }) {
      try {
        await queue.deleteMessage(messageId, popReceipt, { abortSignal: timeLimit() });
      } catch (error) {
        // Another reader has received the message and records the same.
        if (
          !(error instanceof RestError) ||
          (error.statusCode !== 404 && error.code !== 'PopReceiptMismatch')
        )
          throw error;
      }
    },
  };
}
