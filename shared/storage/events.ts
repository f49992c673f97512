import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import {
  type AuditEntry,
  type AuditEvent,
  auditEventSchema,
  type ChainPosition,
  chainPositionSchema,
} from '../contracts/audit.ts';
import { acceptanceId } from './auditEntries.ts';
import { contentHash } from './encoding.ts';
import { groupCommit } from './groupCommit.ts';
import { optimisticWrite, writeConflict } from './optimisticWrite.ts';
import { lruCache } from './lruCache.ts';
import type { AuditStore } from './stores.ts';
import {
  changedRow,
  etagOf,
  findRow,
  fromRow,
  isWriteConflict,
  type Key,
  listRows,
  type Row,
  toRow,
} from './table.ts';

/** The place before the first event. */
export const chainStart: ChainPosition = { sequence: 0, hash: '0'.repeat(64) };

/** The event that follows `previous` in a migration's chain. */
export function nextEvent(
  migrationId: string,
  entry: AuditEntry,
  previous: ChainPosition,
): AuditEvent {
  const sequence = previous.sequence + 1;
  const { eventId, type, at, by, batchId, jobId, taskId, detail } = entry;
  const hash = contentHash(
    previous.hash,
    migrationId,
    sequence,
    eventId,
    type,
    at,
    by,
    batchId,
    jobId,
    taskId,
    detail,
  );
  return { migrationId, sequence, ...entry, previousHash: previous.hash, hash };
}

/** Whether the acceptance of the migration is among the entries. */
export function hasAcceptance(entries: readonly AuditEntry[]): boolean {
  return entries.some(({ eventId }) => eventId === acceptanceId);
}

/** The first entries of a chain, with the acceptance before all others: the one that is among them, else the one that is given. */
export function withAcceptance(
  entries: readonly AuditEntry[],
  given: AuditEntry | undefined,
): readonly AuditEntry[] {
  const acceptance = entries.find(({ eventId }) => eventId === acceptanceId) ?? given;
  return acceptance === undefined
    ? entries
    : [acceptance, ...entries.filter(({ eventId }) => eventId !== acceptanceId)];
}

/** Where a chain breaks: the sequence of the first event that does not follow from the one before; undefined when all do. */
export function firstBrokenSequence(events: readonly AuditEvent[]): number | undefined {
  let previous = chainStart;
  for (const event of events) {
    const { migrationId, sequence, previousHash, hash, ...entry } = event;
    const expected = nextEvent(migrationId, entry, previous);
    if (
      expected.sequence !== sequence ||
      expected.previousHash !== previousHash ||
      expected.hash !== hash
    )
      return previous.sequence + 1;
    previous = event;
  }
  return undefined;
}

const headKey = 'head';
const eventKey = (sequence: number): string => `e.${String(sequence).padStart(10, '0')}`;
const markKey = (migrationId: string, { eventId }: AuditEntry): Key => ({
  partitionKey: migrationId,
  rowKey: `id.${contentHash(eventId).slice(0, 32)}`,
});
// A transaction takes 100 rows: two for each event and for the acceptance before the first one, and the head.
const mostEvents = 48;
const mostHeads = 1_000;

/** An entry that is to be put on record, and where it is once it is there. */
interface Waiting {
  readonly entry: AuditEntry;
  position: ChainPosition | undefined;
}

/**
 * The table `events`: one partition a migration, an append-only chain. An event, its place at the head of the chain and the
 * mark of its id are written in one transaction, so that none is there twice and none without its place. Nothing is read
 * before: the head is known from the last write, and where somebody else has written since, the transaction is refused.
 * @param acceptanceOf gives the entry that a chain must begin with; undefined where there is no such migration
 */
export function eventTable(
  table: TableClient,
  acceptanceOf: (migrationId: string) => Promise<AuditEntry | undefined> = () =>
    Promise.resolve(undefined),
): AuditStore {
  const heads = lruCache<Row>(mostHeads);
  /** Those that are not on record; the places of the others are noted. The mark has the place, so that what it says holds whatever became of the event. */
  const missing = async (
    migrationId: string,
    waiting: readonly Waiting[],
  ): Promise<readonly Waiting[]> => {
    const marks = await Promise.all(
      waiting.map(({ entry }) => findRow(table, markKey(migrationId, entry))),
    );
    return waiting.filter((one, index) => {
      const mark = marks[index];
      if (mark !== undefined) one.position = fromRow(chainPositionSchema, mark);
      return mark === undefined;
    });
  };
  const write = async (migrationId: string, waiting: readonly Waiting[]): Promise<void> => {
    let remaining: readonly Waiting[] = waiting;
    await optimisticWrite(`the events of ${migrationId}`, async (tries) => {
      if (tries > 1) remaining = await missing(migrationId, remaining);
      if (remaining.length === 0) return undefined;
      const head =
        heads.get(migrationId) ??
        (await findRow(table, { partitionKey: migrationId, rowKey: headKey }));
      heads.delete(migrationId);
      const distinct = [...new Map(remaining.map(({ entry }) => [entry.eventId, entry])).values()];
      try {
        const { positions, next } = await submit(
          table,
          migrationId,
          head === undefined
            ? withAcceptance(
                distinct,
                hasAcceptance(distinct) ? undefined : await acceptanceOf(migrationId),
              )
            : distinct,
          head,
        );
        for (const one of remaining) one.position = positions.get(one.entry.eventId);
        if (next !== undefined) heads.set(migrationId, next);
        return undefined;
      } catch (error) {
        if (isWriteConflict(error)) return writeConflict;
        throw error;
      }
    });
  };
  const append = groupCommit(mostEvents, write);
  return {
    async append(migrationId, entry) {
      const waiting: Waiting = { entry, position: undefined };
      await append(migrationId, waiting);
      if (waiting.position === undefined)
        throw new Error(
          `the event ${entry.eventId} of ${migrationId} was written and its place is not known`,
        );
      return waiting.position;
    },
    async list(migrationId, options) {
      const page = await listRows(
        table,
        odata`PartitionKey eq ${migrationId} and RowKey ge ${'e.'} and RowKey lt ${'e/'}`,
        `events ${migrationId}`,
        options,
      );
      return { ...page, items: page.items.map((row) => fromRow(auditEventSchema, row)) };
    },
  };
}

/** Puts entries behind the head; returns their places by id, and the new head if it is told. Refused with 412 or 409 where the head is another or an entry is there. */
async function submit(
  table: TableClient,
  partitionKey: string,
  entries: readonly AuditEntry[],
  head: Row | undefined,
): Promise<{
  readonly positions: ReadonlyMap<string, ChainPosition>;
  readonly next: Row | undefined;
}> {
  let last: ChainPosition = head === undefined ? chainStart : chainPositionSchema.parse(head);
  const positions = new Map<string, ChainPosition>();
  const rows: TransactionAction[] = [];
  for (const entry of entries) {
    const event = nextEvent(partitionKey, entry, last);
    last = { sequence: event.sequence, hash: event.hash };
    positions.set(entry.eventId, last);
    rows.push(
      ['create', toRow({ partitionKey, rowKey: eventKey(event.sequence) }, event)],
      ['create', toRow(markKey(partitionKey, entry), last)],
    );
  }
  const newHead = changedRow(head ?? { partitionKey, rowKey: headKey }, last);
  const { subResponses } = await table.submitTransaction([
    head === undefined
      ? ['create', newHead]
      : ['update', newHead, 'Replace', { etag: etagOf(head) }],
    ...rows,
  ]);
  const etag = subResponses[0]?.etag;
  return { positions, next: etag === undefined ? undefined : { ...newHead, etag } };
}
