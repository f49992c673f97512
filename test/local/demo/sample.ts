import { listedTask } from '../../../functions/http/tasks.ts';
import type { MigrationDetail } from '../../../local/demo/apiClient.ts';
import type { ListedTask } from '../../../shared/contracts/responses.ts';
import type { Batch } from '../../../shared/contracts/migration.ts';
import type { OutcomeCounts, Task } from '../../../shared/contracts/task.ts';
import { aBatch, aMigration, aTask } from '../../shared/storage/sampleRows.ts';

const migrationId = 'wave07-0123456789';
const updatedAt = '2026-11-20T09:00:00.000Z';
const counts: OutcomeCounts = {
  succeeded: 0,
  failed: 0,
  cancelled: 0,
  invalid: 0,
  validated: 0,
  unknown: 0,
  pending: 100,
};

export function sampleBatch(changes: Partial<Batch> = {}): Batch {
  return {
    ...aBatch(migrationId, 'b001'),
    phase: 'syncing',
    taskCount: 100,
    counts,
    attempt: 1,
    jobId: 'job-1',
    jobDisplayName: 'wave07-b001-a1-abc',
    jobStatus: 'inProgress',
    updatedAt,
    ...changes,
  };
}

export function sampleMigration(changes: Partial<MigrationDetail> = {}): MigrationDetail {
  return {
    ...aMigration(migrationId, {
      name: 'wave07',
      phase: 'running',
      taskCount: 100,
      counts,
      acceptedAt: '2026-11-20T08:00:00.000Z',
      updatedAt,
    }),
    failures: [],
    needsPerson: [],
    failureSummary: 'no user has failed',
    approvals: [],
    batches: [sampleBatch()],
    ...changes,
  };
}

export function sampleTask(changes: Partial<Task> = {}): ListedTask {
  return listedTask(
    aTask(migrationId, 'b001', 1, {
      sourceUserPrincipalName: 'lee.berg@contoso.com',
      outcome: 'succeeded',
      jobId: 'job-1',
      updatedAt,
      ...changes,
    }),
  );
}
