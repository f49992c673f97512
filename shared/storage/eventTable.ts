import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import { auditEventSchema } from '../contracts/auditEvent.ts';
import { chained, chainStart } from './auditChain.ts';
import { contentHash } from './contentHash.ts';
import { findRow, fromRow, hasStatus, listRows, toRow } from './rows.ts';
import type { AuditStore } from './stores.ts';

const headKey = 'head';
const eventKey = (sequence: number): string => `e.${String(sequence).padStart(10, '0')}`;
// Every refusal means that another event got its place, so many in a row mean that something else is wrong.
const maxTries = 100;
const headSchema = z.looseObject({ sequence: z.int(), hash: z.string(), etag: z.string() });

/**
 * The table `events`: one partition a migration, an append-only chain. An event, its place at the head of the chain and the
 * mark of its id are written in one transaction, so that none is there twice and none without its place.
 */
export function eventTable(table: TableClient): AuditStore {
  return {
    async append(migrationId, entry) {
      const partitionKey = migrationId;
      const mark = { partitionKey, rowKey: `id.${contentHash(entry.eventId).slice(0, 32)}` };
      for (let tries = 1; tries <= maxTries; tries += 1) {
        if ((await findRow(table, mark)) !== undefined) return;
        const row = await findRow(table, { partitionKey, rowKey: headKey });
        const head = row === undefined ? undefined : headSchema.parse(row);
        const event = chained(migrationId, entry, head ?? chainStart);
        const newHead = toRow({ partitionKey, rowKey: headKey }, { sequence: event.sequence, hash: event.hash });
        const actions: TransactionAction[] = [
          head === undefined ? ['create', newHead] : ['update', newHead, 'Replace', { etag: head.etag }],
          ['create', toRow({ partitionKey, rowKey: eventKey(event.sequence) }, event)],
          ['create', toRow(mark, { sequence: event.sequence })],
        ];
        try {
          await table.submitTransaction(actions);
          return;
        } catch (error) {
          if (!hasStatus(error, 409) && !hasStatus(error, 412)) throw error;
        }
      }
      throw new Error(`the event ${entry.eventId} of ${migrationId} found no place in ${String(maxTries)} tries`);
    },
    async list(migrationId, options) {
      const page = await listRows(table, odata`PartitionKey eq ${migrationId} and RowKey ge ${'e.'} and RowKey lt ${'e/'}`, `events ${migrationId}`, options);
      return { ...page, items: page.items.map((row) => fromRow(auditEventSchema, row)) };
    },
  };
}
