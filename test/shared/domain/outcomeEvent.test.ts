import { describe, expect, it } from 'vitest';
import type { Batch, Migration } from '../../../shared/contracts/migration.ts';
import { outcomeEventSchema } from '../../../shared/contracts/outcomeEvent.ts';
import { noCounts } from '../../../shared/domain/counts.ts';
import { batchFinished, migrationFinished, personNeeded, requestRejected } from '../../../shared/domain/outcomeEvent.ts';

const finishedAt = '2026-11-22T08:00:00.000Z';
const migration: Migration = {
  id: 'wave07-0123456789',
  kind: 'users',
  name: 'wave07',
  phase: 'running',
  sourceTenantId: '11111111-2222-3333-4444-555555555555',
  targetTenantId: '99999999-8888-7777-6666-555555555555',
  validateOnly: false,
  completeAfterDateTime: null,
  workloads: ['Teams'],
  exchangeSettings: null,
  batchSize: 100,
  requestedBy: null,
  approvalHours: null,
  holdHours: null,
  taskCount: 1,
  batchCount: 1,
  counts: noCounts,
  message: null,
  acceptedAt: finishedAt,
  updatedAt: finishedAt,
  finishedAt: null,
};
const batch: Batch = {
  migrationId: migration.id,
  batchId: 'b001',
  phase: 'recording',
  taskCount: 1,
  counts: noCounts,
  failures: null,
  attempt: 1,
  jobId: 'job',
  jobDisplayName: 'name',
  jobStatus: 'completed',
  message: null,
  waiterId: null,
  needsPerson: null,
  run: 1,
  round: null,
  updatedAt: finishedAt,
  finishedAt: null,
};
const ending = { phase: 'completed', counts: { ...noCounts, succeeded: 1 }, message: null, finishedAt } as const;

describe('outcome events', () => {
  it('are CloudEvents whose ids do not change from one sending to the next', () => {
    const events = () => [
      batchFinished(migration, batch, ending),
      migrationFinished(migration, ending, 1),
      personNeeded(migration, 'b001', 'job', 'notCuttingOver', 'job', finishedAt),
      requestRejected({ id: 'r1', source: 'queue', code: 'notJson', detail: 'x', errors: [], rejectedAt: finishedAt, replayedAt: null, migrationId: null }),
    ];
    for (const event of events()) expect(outcomeEventSchema.parse(event)).toEqual(event);
    expect(new Set(events().map(({ id }) => id)).size).toBe(4);
    expect(events()).toEqual(events());
  });
});
