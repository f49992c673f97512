import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import { type AuditEntry, auditEventSchema } from '../contracts/auditEvent.ts';
import { chained, chainStart } from './auditChain.ts';
import { contentHash } from './contentHash.ts';
import { gathered } from './gathered.ts';
import { optimisticWrite, overtaken } from './optimisticWrite.ts';
import { remembered } from './remembered.ts';
import { changedRow, etagOf, findRow, fromRow, isOvertaken, type Key, listRows, type Row, toRow } from './rows.ts';
import type { AuditStore } from './stores.ts';

const headKey = 'head';
const eventKey = (sequence: number): string => `e.${String(sequence).padStart(10, '0')}`;
const markKey = (migrationId: string, { eventId }: AuditEntry): Key => ({ partitionKey: migrationId, rowKey: `id.${contentHash(eventId).slice(0, 32)}` });
// A transaction takes 100 rows: two for each event, and the head.
const mostEvents = 49;
const mostHeads = 1_000;
const headSchema = z.object({ sequence: z.int(), hash: z.string() });

/**
 * The table `events`: one partition a migration, an append-only chain. An event, its place at the head of the chain and the
 * mark of its id are written in one transaction, so that none is there twice and none without its place. Nothing is read
 * before: the head is known from the last write, and where somebody else has written since, the transaction is refused.
 */
export function eventTable(table: TableClient): AuditStore {
  const heads = remembered<Row>(mostHeads);
  /** Those that are not on record. */
  const missing = async (migrationId: string, entries: readonly AuditEntry[]): Promise<readonly AuditEntry[]> => {
    const marks = await Promise.all(entries.map((entry) => findRow(table, markKey(migrationId, entry))));
    return entries.filter((_, index) => marks[index] === undefined);
  };
  const write = async (migrationId: string, entries: readonly AuditEntry[]): Promise<void> => {
    let left: readonly AuditEntry[] = [...new Map(entries.map((entry) => [entry.eventId, entry])).values()];
    await optimisticWrite(`the events of ${migrationId}`, async (tries) => {
      if (tries > 1) left = await missing(migrationId, left);
      if (left.length === 0) return undefined;
      const head = heads.get(migrationId) ?? (await findRow(table, { partitionKey: migrationId, rowKey: headKey }));
      heads.delete(migrationId);
      try {
        const next = await submit(table, migrationId, left, head);
        if (next !== undefined) heads.set(migrationId, next);
        return undefined;
      } catch (error) {
        if (isOvertaken(error)) return overtaken;
        throw error;
      }
    });
  };
  return {
    append: gathered(mostEvents, write),
    async list(migrationId, options) {
      const page = await listRows(table, odata`PartitionKey eq ${migrationId} and RowKey ge ${'e.'} and RowKey lt ${'e/'}`, `events ${migrationId}`, options);
      return { ...page, items: page.items.map((row) => fromRow(auditEventSchema, row)) };
    },
  };
}

/** Puts entries behind the head and returns the new one, if it is told; refused with 412 or 409 where the head is another or an entry is there. */
async function submit(table: TableClient, partitionKey: string, entries: readonly AuditEntry[], head: Row | undefined): Promise<Row | undefined> {
  let last: z.infer<typeof headSchema> = head === undefined ? chainStart : headSchema.parse(head);
  const rows: TransactionAction[] = [];
  for (const entry of entries) {
    const event = chained(partitionKey, entry, last);
    rows.push(['create', toRow({ partitionKey, rowKey: eventKey(event.sequence) }, event)], ['create', toRow(markKey(partitionKey, entry), { sequence: event.sequence })]);
    last = event;
  }
  const { sequence, hash } = last;
  const newHead = changedRow(head ?? { partitionKey, rowKey: headKey }, { sequence, hash });
  const { subResponses } = await table.submitTransaction([head === undefined ? ['create', newHead] : ['update', newHead, 'Replace', { etag: etagOf(head) }], ...rows]);
  const etag = subResponses[0]?.etag;
  return etag === undefined ? undefined : { ...newHead, etag };
}
