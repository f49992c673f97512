import { freezeChain } from '../contracts/audit.ts';
import type { ApprovalRequest, FreezeCommand } from '../contracts/command.ts';
import type { Batch, FinalPhase, Migration, PersonNeed } from '../contracts/migration.ts';
import type { OutcomeEvent } from '../contracts/outcomeEvent.ts';
import type { Rejection } from '../contracts/rejection.ts';
import type { OutcomeCounts } from '../contracts/task.ts';
import { approvalDeadlineMs } from './checkpoint.ts';
import { personNeedSteps } from './needsPerson.ts';

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

/** The event that a batch has ended. */
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

/** The event that a migration has ended. `runs`: how often its batches have run, which grows with every retry and addition. */
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

/** The event that a batch needs a person. `instance` tells one need of a batch from the next of its kind. */
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

/** The event that the users of a job have the outcome `unknown`. `sinceAt`: since when Graph has not shown the job. */
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

/** The event that a job whose users had the outcome `unknown` is in sight again. `sinceAt`: since when Graph had not shown it. */
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

/** What the two events about a job out of sight have in common: their id follows from what has happened and `sinceAt`. */
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

/** The event that a migration stands before its cutover and waits for somebody to approve it. */
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

/** The event that everything is frozen, or that the freeze is lifted. It names nobody. `since`: when the freeze began. */
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

/** The event that a queue message was refused for good. */
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
