import { describe, expect, it } from 'vitest';
import type { AuditEntry, AuditEvent } from '../../../shared/contracts/audit.ts';
import { firstBrokenSequence, nextEvent, chainStart } from '../../../shared/storage/events.ts';

const entry = (n: number): AuditEntry => ({
  eventId: `e${String(n)}`,
  type: 'job.status',
  at: '2026-11-20T08:00:00Z',
  by: null,
  batchId: 'b001',
  jobId: 'j',
  taskId: null,
  detail: String(n),
});
const chain = Array.from({ length: 5 }).reduce<AuditEvent[]>(
  (events, _, n) => [...events, nextEvent('m', entry(n), events.at(-1) ?? chainStart)],
  [],
);
const [first, second, third, ...rest] = chain as [
  AuditEvent,
  AuditEvent,
  AuditEvent,
  ...AuditEvent[],
];

describe('brokenAt', () => {
  it('finds nothing in a chain as it was written', () => {
    expect(firstBrokenSequence(chain)).toBeUndefined();
    expect(firstBrokenSequence([])).toBeUndefined();
  });

  it.each([
    ['changed', [first, { ...second, detail: 'other' }, third, ...rest], 2],
    [
      'changed with its own hash made good',
      [first, { ...nextEvent('m', { ...entry(1), detail: 'other' }, first) }, third, ...rest],
      3,
    ],
    ['taken out', [first, third, ...rest], 2],
    ['put between', [first, second, { ...nextEvent('m', entry(9), second) }, third, ...rest], 4],
    ['exchanged', [first, third, second, ...rest], 2],
    ['taken from the start', [second, third, ...rest], 1],
    ['moved to another migration', [first, { ...second, migrationId: 'n' }, third], 2],
  ])('names the place where an event was %s', (_, events, place) => {
    expect(firstBrokenSequence(events)).toBe(place);
  });
});
