import { newBatch, newTask } from '../../../orchestrations/migration/plan.ts';
import type { Approval, Command, Decision } from '../../../shared/contracts/command.ts';
import type { Batch, Migration } from '../../../shared/contracts/migration.ts';
import type { MigrationRequest } from '../../../shared/contracts/request.ts';
import type { Task } from '../../../shared/contracts/task.ts';
import { noCounts } from '../../../shared/domain/outcomes.ts';
import { contentHash } from '../../../shared/storage/rows.ts';
import type { Claim } from '../../../shared/storage/stores.ts';

/** An instant of November 2026. */
export const at = (day: number): string => new Date(Date.UTC(2026, 10, day)).toISOString();

export const aMigration = (id: string, changes: Partial<Migration> = {}): Migration => ({
  id,
  kind: 'users',
  name: id,
  phase: 'accepted',
  sourceTenantId: '11111111-2222-3333-4444-555555555555',
  targetTenantId: '99999999-8888-7777-6666-555555555555',
  validateOnly: false,
  completeAfterDateTime: null,
  workloads: ['Teams', 'Exchange'],
  exchangeSettings: { sourceEndpoint: 'xt', targetDeliveryDomain: 'fabrikam.onmicrosoft.com' },
  batchSize: 100,
  requestedBy: null,
  requestedById: null,
  requestedByKind: null,
  claimedBy: null,
  approvalHours: null,
  holdHours: null,
  taskCount: 3,
  batchCount: 1,
  counts: { ...noCounts, pending: 3 },
  message: null,
  acceptedAt: at(1),
  updatedAt: at(1),
  finishedAt: null,
  auditHead: null,
  ...changes,
});

export const aRequest = (
  name: string,
  userIds: readonly string[] = ['aaaaaaaa-0000-4000-8000-000000000001'],
): MigrationRequest => ({
  kind: 'users',
  name,
  sourceTenantId: '11111111-2222-3333-4444-555555555555',
  users: userIds.map((targetUserId) => ({ targetUserId })),
  workloads: ['Teams'],
  validateOnly: false,
  onInvalid: 'continueWithout',
  onConflict: 'refuse',
  moveAgain: false,
  holdTimeoutHours: 168,
});

/** A migration as the intake hands it to the store; its id stands for the caller's key. */
export const taken = (
  migration: Migration,
  request: MigrationRequest = aRequest(migration.name),
  keyHash: string = contentHash(migration.id),
): {
  readonly claim: Claim;
  readonly migration: Migration;
  readonly request: MigrationRequest;
} => ({
  claim: {
    keyHash,
    fingerprint: contentHash(request),
    migrationId: migration.id,
    claimedAt: migration.acceptedAt,
  },
  migration,
  request,
});

export const aBatch = (migrationId: string, batchId: string): Batch =>
  newBatch({ migrationId, batchId, taskCount: 3, runCommandId: null, updatedAt: at(1) });

export const aTask = (
  migrationId: string,
  batchId: string,
  n: number,
  changes: Partial<Task> = {},
): Task => ({
  ...newTask(
    { migrationId, batchId, updatedAt: at(1) },
    { targetUserId: `aaaaaaaa-0000-4000-8000-${String(n).padStart(12, '0')}` },
  ),
  ...changes,
});

/** The command `n` (up to 9) of a migration: to cancel, by nobody known, unless told otherwise. */
export const aCommand = (
  migrationId: string,
  n: number,
  changes: Partial<Command> = {},
): Command => ({
  migrationId,
  commandId: `000000000000${String(n)}-0123456789ab`,
  kind: 'cancel',
  by: null,
  byId: null,
  reason: null,
  completeAfterDateTime: null,
  taskId: null,
  continueWithout: null,
  update: null,
  approvalId: null,
  targets: [],
  acceptedAt: at(n),
  ...changes,
});

/** Request `number` for approval of a migration, for tasks 1 to 3, with what was decided on it. */
export const anApproval = (
  migrationId: string,
  number: number,
  decision?: Partial<Decision>,
): Approval => ({
  migrationId,
  number,
  approvalId: `${String(number)}-0123456789abcdef`,
  taskCount: 3,
  tasksHash: contentHash(number),
  requestedAt: at(number),
  decision: decision === undefined ? undefined : aDecision(migrationId, number, decision),
});

/** Somebody's approval of a request, unless told otherwise. */
export const aDecision = (
  migrationId: string,
  number: number,
  changes: Partial<Decision> = {},
): Decision => ({
  migrationId,
  number,
  verdict: 'approved',
  by: null,
  byId: null,
  reason: null,
  decidedAt: at(number + 1),
  ...changes,
});
