import type { AuditEntry, AuditEvent, ChainPlace } from '../contracts/auditEvent.ts';
import { acceptanceId } from './auditEntries.ts';
import { contentHash } from './contentHash.ts';

/** The place before the first event. */
export const chainStart: ChainPlace = { sequence: 0, hash: '0'.repeat(64) };

/** The event that follows `previous` in a migration's chain. */
export function chained(migrationId: string, entry: AuditEntry, previous: ChainPlace): AuditEvent {
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
export function brokenAt(events: readonly AuditEvent[]): number | undefined {
  let previous = chainStart;
  for (const event of events) {
    const { migrationId, sequence, previousHash, hash, ...entry } = event;
    const expected = chained(migrationId, entry, previous);
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
