import { describe, expect, it } from 'vitest';
import type { Batch } from '../../../shared/contracts/migration.ts';
import { outcomeEventSchema } from '../../../shared/contracts/outcomeEvent.ts';
import {
  batchFinished,
  migrationFinished,
  outcomeCorrected,
  outcomeUnknown,
  personNeeded,
  requestRejected,
} from '../../../shared/domain/outcomeEvent.ts';
import { noCounts } from '../../../shared/domain/outcomes.ts';
import { aBatch, aMigration } from '../storage/sampleRows.ts';

const finishedAt = '2026-11-22T08:00:00.000Z';
const migration = aMigration('wave07-0123456789', { name: 'wave07', phase: 'running' });
const batch: Batch = {
  ...aBatch(migration.id, 'b001'),
  phase: 'recording',
  attempt: 1,
  jobId: 'job',
  jobDisplayName: 'name',
  jobStatus: 'completed',
};
const ending = {
  phase: 'completed',
  counts: { ...noCounts, succeeded: 1 },
  message: null,
  finishedAt,
} as const;

describe('outcome events', () => {
  it('are CloudEvents whose ids do not change from one sending to the next', () => {
    const events = () => [
      batchFinished(migration, batch, ending),
      migrationFinished(migration, ending, 1),
      personNeeded(migration, 'b001', 'job', 'notCuttingOver', 'job', finishedAt),
      outcomeUnknown(migration, batch, finishedAt, 'not shown', finishedAt),
      outcomeCorrected(migration, batch, finishedAt, 'completed', finishedAt),
      requestRejected(
        {
          id: 'r1',
          source: 'queue',
          code: 'notJson',
          detail: 'x',
          errors: [],
          rejectedAt: finishedAt,
          lastRejectedAt: finishedAt,
          count: 1,
          replayedAt: null,
          migrationId: null,
        },
        'rejections/r1/1',
      ),
    ];
    for (const event of events()) expect(outcomeEventSchema.parse(event)).toEqual(event);
    expect(new Set(events().map(({ id }) => id)).size).toBe(6);
    expect(events()).toEqual(events());
  });
});
