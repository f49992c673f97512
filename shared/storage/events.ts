import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import {
  type AuditEntry,
  type AuditEvent,
  auditEventSchema,
  type ChainPosition,
  chainPositionSchema,
} from '../contracts/audit.ts';
import { acceptanceId } from './auditEntries.ts';
import { groupCommit, optimisticWrite, writeConflict } from './calls.ts';
import { contentHash, fromRow, type Key, listRows, type Row, toRow } from './rows.ts';
import type { AuditStore } from './stores.ts';
import { changeAction, findRow, sharedRows } from './table.ts';

/** The position before the first event. */
export const chainStart: ChainPosition = { sequence: 0, hash: '0'.repeat(64) };

/** Returns the event that follows `previous` in a chain. */
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

/** Returns true if the entries contain the acceptance of the migration. */
function hasAcceptance(entries: readonly AuditEntry[]): boolean {
  return entries.some(({ eventId }) => eventId === acceptanceId);
}

/**
 * Returns the first entries of a chain with the acceptance first: the one in the entries, otherwise
 * the given one.
 */
export function withAcceptance(
  entries: readonly AuditEntry[],
  given: AuditEntry | undefined,
): readonly AuditEntry[] {
  const acceptance = entries.find(({ eventId }) => eventId === acceptanceId) ?? given;
  return acceptance === undefined
    ? entries
    : [acceptance, ...entries.filter(({ eventId }) => eventId !== acceptanceId)];
}

/**
 * Returns the sequence of the first event that does not follow from the previous one; undefined if
 * the chain is intact.
 */
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

const headKey = (migrationId: string): Key => ({ partitionKey: migrationId, rowKey: 'head' });
const eventKey = (sequence: number): string => `e.${String(sequence).padStart(10, '0')}`;
const markKey = (migrationId: string, { eventId }: AuditEntry): Key => ({
  partitionKey: migrationId,
  rowKey: `id.${contentHash(eventId).slice(0, 32)}`,
});
// A transaction can hold 100 rows: two for each event, two for the acceptance, and the head.
const maxEventsPerTransaction = 48;
const maxCachedHeads = 1_000;

/** An entry to append, and its position once it is appended. */
interface Waiting {
  readonly entry: AuditEntry;
  position: ChainPosition | undefined;
}

/**
 * Creates the audit store in the table `events`: one append-only chain per partition. An event, the
 * new head and the mark of its id are written in one transaction, so each event exists once and has
 * one position. The head is cached; if another writer has appended since, storage rejects the
 * transaction.
 * @param acceptanceOf returns the first entry of a chain; undefined if there is no such migration
 */
export function eventTable(
  table: TableClient,
  acceptanceOf: (migrationId: string) => Promise<AuditEntry | undefined> = () =>
    Promise.resolve(undefined),
): AuditStore {
  const heads = sharedRows(table, maxCachedHeads);
  /**
   * Returns the entries that are not recorded yet, and sets the positions of the others. The mark
   * contains the position, independently of the event.
   */
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
    let rejectedHead: unknown;
    await optimisticWrite(`the events of ${migrationId}`, async (tries) => {
      const key = headKey(migrationId);
      const head = (tries === 1 ? heads.assumed(key) : undefined) ?? (await heads.find(key));
      // If the head has changed, another writer was faster, and the entries are probably new. If
      // not, one of them is recorded already: storage has rejected its mark.
      if (tries > 2 || (tries === 2 && head?.['etag'] === rejectedHead))
        remaining = await missing(migrationId, remaining);
      rejectedHead = head?.['etag'];
      if (remaining.length === 0) return undefined;
      const distinct = [...new Map(remaining.map(({ entry }) => [entry.eventId, entry])).values()];
      const entries =
        head === undefined
          ? withAcceptance(
              distinct,
              hasAcceptance(distinct) ? undefined : await acceptanceOf(migrationId),
            )
          : distinct;
      const { positions, last, rows } = appended(migrationId, entries, head);
      if (!(await heads.submit([changeAction(key, head, last)], rows))) return writeConflict;
      for (const one of remaining) one.position = positions.get(one.entry.eventId);
      return undefined;
    });
  };
  const append = groupCommit(maxEventsPerTransaction, write);
  return {
    async append(migrationId, entry) {
      const waiting: Waiting = { entry, position: undefined };
      await append(migrationId, waiting);
      if (waiting.position === undefined)
        throw new Error(
          `the event ${entry.eventId} of ${migrationId} was written but its position is unknown`,
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

/**
 * Returns the rows that append entries after the head, the positions of the entries by id, and the
 * last position. Storage rejects the rows if an entry exists.
 */
function appended(
  partitionKey: string,
  entries: readonly AuditEntry[],
  head: Row | undefined,
): {
  readonly positions: ReadonlyMap<string, ChainPosition>;
  readonly last: ChainPosition;
  readonly rows: readonly TransactionAction[];
} {
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
  return { positions, last, rows };
}
