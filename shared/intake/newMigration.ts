import type { Migration } from '../contracts/migration.ts';
import type { MigrationRequest } from '../contracts/migrationRequest.ts';
import { noCounts } from '../domain/counts.ts';

/** What a migration takes from elsewhere than its request. */
export interface IntakeSettings {
  readonly targetTenantId: string;
  /** Absent where the app is not set up for SharePoint requests. */
  readonly sourceTenantId?: string;
  readonly batchSize: number;
  /** Who the platform says the caller is; counts before what the request says. */
  readonly requestedBy?: string;
}

/** The migration that a request becomes, as it stands before anything of it is under way. */
export function newMigration(id: string, request: MigrationRequest, acceptedAt: string, settings: IntakeSettings): Migration {
  return {
    id,
    name: request.name,
    phase: 'accepted',
    targetTenantId: settings.targetTenantId,
    validateOnly: request.validateOnly,
    requestedBy: settings.requestedBy ?? request.requestedBy ?? null,
    approvalHours: request.approval?.required === true ? request.approval.timeoutHours : null,
    ...(request.kind === 'users' ? usersMembers(request, settings) : sharePointMembers(request, settings)),
    message: null,
    acceptedAt,
    updatedAt: acceptedAt,
    finishedAt: null,
    auditHead: null,
  };
}

type OwnMembers = 'kind' | 'sourceTenantId' | 'completeAfterDateTime' | 'workloads' | 'exchangeSettings' | 'batchSize' | 'holdHours' | 'taskCount' | 'batchCount' | 'counts';

function usersMembers(request: Extract<MigrationRequest, { kind: 'users' }>, { batchSize }: IntakeSettings): Pick<Migration, OwnMembers> {
  const { kind, sourceTenantId, completeAfterDateTime = null, workloads, exchangeSettings = null, onInvalid, holdTimeoutHours, users } = request;
  return { kind, sourceTenantId, completeAfterDateTime, workloads, exchangeSettings, holdHours: onInvalid === 'hold' ? holdTimeoutHours : null, ...sizes(users.length, batchSize) };
}

/** A batch of SharePoint tasks only shares out the work: all of its tasks are under way together. */
function sharePointMembers({ kind, tasks }: Extract<MigrationRequest, { kind: 'sharePoint' }>, { batchSize, sourceTenantId = '' }: IntakeSettings): Pick<Migration, OwnMembers> {
  return { kind, sourceTenantId, completeAfterDateTime: null, workloads: [], exchangeSettings: null, holdHours: null, ...sizes(tasks.length, Math.min(batchSize, 100)) };
}

function sizes(taskCount: number, batchSize: number): Pick<Migration, 'batchSize' | 'taskCount' | 'batchCount' | 'counts'> {
  return { batchSize, taskCount, batchCount: Math.ceil(taskCount / batchSize), counts: { ...noCounts, pending: taskCount } };
}
