import type { Migration } from '../contracts/migration.ts';
import type { MigrationRequest } from '../contracts/request.ts';
import { noCounts } from '../domain/outcomes.ts';

/** Values of a migration that do not come from its request. */
export interface IntakeSettings {
  readonly targetTenantId: string;
  /** Absent if the app is not configured for SharePoint requests. */
  readonly sourceTenantId?: string;
  readonly batchSize: number;
  /** The sender of the request. If absent, a caller with a function key. */
  readonly sender?: Sender;
}

/** A person as authenticated by the platform. */
export interface SignedIn {
  readonly id: string;
  readonly name: string;
}

/**
 * The sender of a request: a signed-in person, a caller with a function key, or a queue message,
 * whose author is unknown. `isSignInOn` says whether callers of the HTTP routes are signed in;
 * `replayedBy` is the signed-in person who replayed a rejected message.
 */
export type Sender =
  | { readonly kind: 'signedIn'; readonly person: SignedIn }
  | { readonly kind: 'key' }
  | { readonly kind: 'queue'; readonly isSignInOn: boolean; readonly replayedBy: SignedIn | null };

/** Creates the migration of a request, in the phase `accepted`. */
export function newMigration(
  id: string,
  request: MigrationRequest,
  acceptedAt: string,
  settings: IntakeSettings,
): Migration {
  return {
    id,
    name: request.name,
    phase: 'accepted',
    targetTenantId: settings.targetTenantId,
    validateOnly: request.validateOnly,
    ...requester(request, settings.sender),
    approvalHours: request.approval?.required === true ? request.approval.timeoutHours : null,
    ...(request.kind === 'users'
      ? usersMembers(request, settings)
      : sharePointMembers(request, settings)),
    message: null,
    acceptedAt,
    updatedAt: acceptedAt,
    finishedAt: null,
    auditHead: null,
  };
}

/**
 * Returns the requester of a migration. The identity of a signed-in person has precedence over
 * the name in the request.
 */
function requester(
  { requestedBy }: MigrationRequest,
  sender: Sender = { kind: 'key' },
): Pick<Migration, 'requestedBy' | 'requestedById' | 'requestedByKind' | 'claimedBy'> {
  const person =
    sender.kind === 'signedIn' ? sender.person : sender.kind === 'queue' ? sender.replayedBy : null;
  if (person !== null)
    return {
      requestedBy: person.name,
      requestedById: person.id,
      requestedByKind: 'authenticated',
      claimedBy: sender.kind === 'queue' ? (requestedBy ?? null) : null,
    };
  if (requestedBy === undefined)
    return { requestedBy: null, requestedById: null, requestedByKind: null, claimedBy: null };
  return {
    requestedBy,
    requestedById: null,
    requestedByKind: sender.kind === 'queue' ? 'claimed' : 'named',
    claimedBy: null,
  };
}

type OwnMembers =
  | 'kind'
  | 'sourceTenantId'
  | 'completeAfterDateTime'
  | 'workloads'
  | 'exchangeSettings'
  | 'batchSize'
  | 'holdHours'
  | 'taskCount'
  | 'batchCount'
  | 'counts';

function usersMembers(
  request: Extract<MigrationRequest, { kind: 'users' }>,
  { batchSize }: IntakeSettings,
): Pick<Migration, OwnMembers> {
  const {
    kind,
    sourceTenantId,
    completeAfterDateTime = null,
    workloads,
    exchangeSettings = null,
    onInvalid,
    holdTimeoutHours,
    users,
  } = request;
  return {
    kind,
    sourceTenantId,
    completeAfterDateTime,
    workloads,
    exchangeSettings,
    holdHours: onInvalid === 'hold' ? holdTimeoutHours : null,
    ...sizes(users.length, batchSize),
  };
}

/** SharePoint batches only divide the work: all tasks of a batch run at the same time. */
function sharePointMembers(
  { kind, tasks }: Extract<MigrationRequest, { kind: 'sharePoint' }>,
  { batchSize, sourceTenantId = '' }: IntakeSettings,
): Pick<Migration, OwnMembers> {
  return {
    kind,
    sourceTenantId,
    completeAfterDateTime: null,
    workloads: [],
    exchangeSettings: null,
    holdHours: null,
    ...sizes(tasks.length, Math.min(batchSize, 100)),
  };
}

function sizes(
  taskCount: number,
  batchSize: number,
): Pick<Migration, 'batchSize' | 'taskCount' | 'batchCount' | 'counts'> {
  return {
    batchSize,
    taskCount,
    batchCount: Math.ceil(taskCount / batchSize),
    counts: { ...noCounts, pending: taskCount },
  };
}
