import type { Migration } from '../contracts/migration.ts';
import type { MigrationRequest } from '../contracts/request.ts';
import { noCounts } from '../domain/outcomes.ts';

/** What a migration takes from elsewhere than its request. */
export interface IntakeSettings {
  readonly targetTenantId: string;
  /** Absent where the app is not set up for SharePoint requests. */
  readonly sourceTenantId?: string;
  readonly batchSize: number;
  /** Who sends the request; left out: somebody with a function key. */
  readonly sender?: Sender;
}

/** A person as the platform's sign-in knows them. */
export interface SignedIn {
  readonly id: string;
  readonly name: string;
}

/**
 * Who sends a request: somebody who is signed in, whoever holds a function key, or a queue message, of which nobody knows who has written it.
 * `replayedBy`: who has sent a refused message once more; `isSignInOn`: whether the callers of the HTTP routes are signed in.
 */
export type Sender =
  | { readonly kind: 'signedIn'; readonly person: SignedIn }
  | { readonly kind: 'key' }
  | { readonly kind: 'queue'; readonly isSignInOn: boolean; readonly replayedBy: SignedIn | null };

/** The migration that a request becomes, as it stands before anything of it is under way. */
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

/** The requester as the migration's row names them. Whoever is signed in cannot be somebody else, whatever the request says. */
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

/** A batch of SharePoint tasks only shares out the work: all of its tasks are under way together. */
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
