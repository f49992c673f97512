import { freezeChain } from '../contracts/audit.ts';
import type { ApprovalRequest, FreezeCommand } from '../contracts/command.ts';
import type { Batch, FinalPhase, Migration, PersonNeed } from '../contracts/migration.ts';
import type { OutcomeEvent } from '../contracts/outcomeEvent.ts';
import type { Rejection } from '../contracts/rejection.ts';
import type { OutcomeCounts } from '../contracts/task.ts';
import { approvalDeadlineMs } from './commands.ts';
import { personNeedSteps } from './lifecycle.ts';

interface Ending {
  readonly phase: FinalPhase;
  readonly counts: OutcomeCounts;
  readonly message: string | null;
  readonly finishedAt: string;
}

const envelope = {
  specversion: '1.0',
  source: '/tenant-ferry',
  datacontenttype: 'application/json',
} as const;

/** Returns the event for a batch that has ended. */
export function batchFinished(migration: Migration, batch: Batch, ending: Ending): OutcomeEvent {
  const { finishedAt, ...outcome } = ending;
  const { migrationId, batchId, jobId } = batch;
  return {
    ...envelope,
    type: 'tenant-ferry.batch.finished',
    id: `${migrationId}/${batchId}/finished${batch.run === 1 ? '' : `/${String(batch.run)}`}`,
    subject: `${migrationId}/${batchId}`,
    time: finishedAt,
    data: { migrationId, name: migration.name, batchId, jobId, ...outcome },
  };
}

/**
 * Returns the event for a migration that has ended. `runs` counts the runs of its batches and grows
 * with each retry and addition.
 */
export function migrationFinished(
  migration: Migration,
  ending: Ending,
  runs: number,
): OutcomeEvent {
  const { finishedAt, ...outcome } = ending;
  const { id: migrationId, name, validateOnly } = migration;
  return {
    ...envelope,
    type: 'tenant-ferry.migration.finished',
    id: `${migrationId}/finished/${String(runs)}`,
    subject: migrationId,
    time: finishedAt,
    data: { migrationId, name, validateOnly, ...outcome },
  };
}

/**
 * Returns the event for a batch that needs a person. `instance` distinguishes needs of the same
 * kind.
 */
export function personNeeded(
  { id: migrationId, name }: Migration,
  batchId: string,
  jobId: string | null,
  need: PersonNeed,
  instance: string,
  time: string,
): OutcomeEvent {
  return {
    ...envelope,
    type: 'tenant-ferry.person.needed',
    id: `${migrationId}/${batchId}/${need}/${instance}`,
    subject: `${migrationId}/${batchId}`,
    time,
    data: { migrationId, name, batchId, jobId, need, message: personNeedSteps[need] },
  };
}

/**
 * Returns the event for a job whose users get the outcome `unknown`. `sinceAt`: since when Graph
 * has not shown it.
 */
export function outcomeUnknown(
  migration: Migration,
  batch: Batch,
  sinceAt: string,
  message: string,
  time: string,
): OutcomeEvent {
  const { data, ...event } = sightEvent(migration, batch, 'unknown', sinceAt, time);
  return { ...event, type: 'tenant-ferry.outcome.unknown', data: { ...data, sinceAt, message } };
}

/** Returns the event for a job that Graph shows again after its users had the outcome `unknown`. */
export function outcomeCorrected(
  migration: Migration,
  batch: Batch,
  sinceAt: string,
  jobStatus: string,
  time: string,
): OutcomeEvent {
  const { data, ...event } = sightEvent(migration, batch, 'corrected', sinceAt, time);
  return { ...event, type: 'tenant-ferry.outcome.corrected', data: { ...data, jobStatus } };
}

// The id depends only on what happened and on `sinceAt`, so that repeating the activity gives the
// same event.
function sightEvent(
  { id: migrationId, name }: Migration,
  { batchId, jobId, counts }: Batch,
  what: 'unknown' | 'corrected',
  sinceAt: string,
  time: string,
) {
  return {
    ...envelope,
    id: `${migrationId}/${batchId}/${what}/${sinceAt}`,
    subject: `${migrationId}/${batchId}`,
    time,
    data: { migrationId, name, batchId, jobId, counts },
  };
}

/** Returns the event for a migration whose cutover waits for an approval. */
export function approvalRequested(
  { id: migrationId, name, approvalHours }: Migration,
  { approvalId, taskCount, tasksHash, requestedAt }: ApprovalRequest,
): OutcomeEvent {
  const deadlineAt = new Date(approvalDeadlineMs(requestedAt, approvalHours ?? 0)).toISOString();
  return {
    ...envelope,
    type: 'tenant-ferry.approval.requested',
    id: `${migrationId}/approval/${approvalId}`,
    subject: migrationId,
    time: requestedAt,
    data: { migrationId, name, approvalId, taskCount, tasksHash, deadlineAt },
  };
}

/**
 * Returns the event for a freeze that began or was lifted. It names nobody. `since`: when the
 * freeze began.
 */
export function freezeChanged({
  sequence,
  kind,
  askedAt,
  since,
}: Pick<FreezeCommand, 'sequence' | 'kind' | 'askedAt'> & {
  readonly since: string;
}): OutcomeEvent {
  return {
    ...envelope,
    type: kind === 'freeze' ? 'tenant-ferry.frozen' : 'tenant-ferry.unfrozen',
    id: `${freezeChain}/${String(sequence)}`,
    subject: freezeChain,
    time: askedAt,
    data: { since },
  };
}

/** Returns the event for a rejected queue message. */
export function requestRejected(rejection: Rejection, eventId: string): OutcomeEvent {
  const { id: rejectionId, code, detail, errors, count } = rejection;
  return {
    ...envelope,
    type: 'tenant-ferry.request.rejected',
    id: eventId,
    subject: `rejections/${rejectionId}`,
    time: rejection.lastRejectedAt,
    data: { rejectionId, code, detail, errors, count },
  };
}
