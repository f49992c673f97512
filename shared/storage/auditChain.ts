import type { AuditEntry, AuditEvent } from '../contracts/auditEvent.ts';
import { contentHash } from './contentHash.ts';

/** The place before the first event. */
export const chainStart: Pick<AuditEvent, 'sequence' | 'hash'> = { sequence: 0, hash: '0'.repeat(64) };

/** The event that follows `previous` in a migration's chain. */
export function chained(migrationId: string, entry: AuditEntry, previous: Pick<AuditEvent, 'sequence' | 'hash'>): AuditEvent {
  const sequence = previous.sequence + 1;
  const { eventId, type, at, by, batchId, jobId, taskId, detail } = entry;
  const hash = contentHash(previous.hash, migrationId, sequence, eventId, type, at, by, batchId, jobId, taskId, detail);
  return { migrationId, sequence, ...entry, previousHash: previous.hash, hash };
}

/** Where a chain breaks: the sequence of the first event that does not follow from the one before; undefined when all do. */
export function brokenAt(events: readonly AuditEvent[]): number | undefined {
  let previous = chainStart;
  for (const event of events) {
    const { migrationId, sequence, previousHash, hash, ...entry } = event;
    const expected = chained(migrationId, entry, previous);
    if (expected.sequence !== sequence || expected.previousHash !== previousHash || expected.hash !== hash) return previous.sequence + 1;
    previous = event;
  }
  return undefined;
}
