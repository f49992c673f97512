import type { MigrationDetail } from '../../../local/demo/apiClient.ts';
import type { Batch } from '../../../shared/contracts/migration.ts';
import type { OutcomeCounts } from '../../../shared/contracts/outcome.ts';
import type { ListedTask } from '../../../shared/contracts/answers/listedTask.ts';
import type { Task } from '../../../shared/contracts/task.ts';
import { listedTask } from '../../../shared/domain/listedTask.ts';

const counts: OutcomeCounts = { succeeded: 0, failed: 0, cancelled: 0, invalid: 0, validated: 0, pending: 100 };

export function sampleBatch(changes: Partial<Batch> = {}): Batch {
  return {
    migrationId: 'wave07-0123456789',
    batchId: 'b001',
    phase: 'syncing',
    taskCount: 100,
    counts,
    failures: null,
    attempt: 1,
    jobId: 'job-1',
    jobDisplayName: 'wave07-b001-a1-abc',
    jobStatus: 'inProgress',
    message: null,
    waiterId: null,
    needsPerson: null,
    run: 1,
    round: null,
    updatedAt: '2026-11-20T09:00:00.000Z',
    finishedAt: null,
    ...changes,
  };
}

export function sampleMigration(changes: Partial<MigrationDetail> = {}): MigrationDetail {
  return {
    id: 'wave07-0123456789',
    kind: 'users',
    name: 'wave07',
    phase: 'running',
    sourceTenantId: '11111111-2222-3333-4444-555555555555',
    targetTenantId: '99999999-8888-7777-6666-555555555555',
    validateOnly: false,
    completeAfterDateTime: null,
    workloads: ['Teams', 'Exchange', 'ODSP', 'Meeting'],
    exchangeSettings: { sourceEndpoint: 'xt-endpoint', targetDeliveryDomain: 'fabrikam.onmicrosoft.com' },
    batchSize: 100,
    requestedBy: null,
    approvalHours: null,
    holdHours: null,
    taskCount: 100,
    batchCount: 1,
    counts,
    message: null,
    acceptedAt: '2026-11-20T08:00:00.000Z',
    updatedAt: '2026-11-20T09:00:00.000Z',
    finishedAt: null,
    failures: [],
    needsPerson: [],
    failureSummary: 'no user has failed',
    batches: [sampleBatch()],
    ...changes,
  };
}

export function sampleTask(changes: Partial<Task> = {}): ListedTask {
  return listedTask({
    migrationId: 'wave07-0123456789',
    batchId: 'b001',
    taskId: 'aaaaaaaa-0000-4000-8000-000000000001',
    sourceUserPrincipalName: 'lee.berg@contoso.com',
    outcomeBefore: null,
    source: null,
    target: null,
    parameters: null,
    outcome: 'succeeded',
    jobId: 'job-1',
    services: [],
    validation: [],
    updatedAt: '2026-11-20T09:00:00.000Z',
    ...changes,
  });
}
