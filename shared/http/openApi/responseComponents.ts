import { auditEventSchema } from '../../contracts/audit.ts';
import {
  commandWithResultsSchema,
  commandKindSchema,
  commandVerdictSchema,
  freezeSchema,
  taskUpdateSchema,
} from '../../contracts/command.ts';
import {
  batchPhaseSchema,
  batchSchema,
  migrationPhaseSchema,
  migrationSchema,
  personNeedSchema,
} from '../../contracts/migration.ts';
import { problemCodeSchema, problemFieldSchema, problemSchema } from '../../contracts/problem.ts';
import { rejectionSchema } from '../../contracts/rejection.ts';
import { exchangeSettingsSchema, workloadSchema } from '../../contracts/request.ts';
import {
  acceptedCommandSchema,
  acceptedMigrationSchema,
  healthCheckSchema,
  healthSchema,
  listedServiceSchema,
  listedTaskSchema,
  migrationDetailSchema,
  replayedSchema,
} from '../../contracts/responses.ts';
import { sharePointParametersSchema } from '../../contracts/sharePointParameters.ts';
import {
  explainedErrorSchema,
  failureClusterSchema,
  failureReasonSchema,
  failureScopeSchema,
  outcomeCountsSchema,
  outcomeSchema,
  retryKindSchema,
  taskFailureSchema,
  whoCanFixSchema,
} from '../../contracts/task.ts';
import { type Component, component } from './document.ts';

const migrationMembers = {
  completeAfterDateTime:
    'the earliest time of the cutover; null: as soon as the mailboxes are synchronized',
  batchSize: 'the maximum number of users in a batch, as configured when the request was accepted',
  requestedBy: 'the name of the requester, who cannot approve the migration',
  requestedById:
    'tenant id and object id of the requester; null if the requester was not signed in',
  requestedByKind:
    '`authenticated`: the requester was signed in; `named`: a caller with a function key named the requester; `claimed`: a queue message named the requester, and its sender is unknown',
  claimedBy:
    'for a replayed message: the requester that the message names, who cannot approve the migration either',
  approvalHours: 'hours within which somebody must approve; null if no approval is required',
  holdHours: 'hours that a batch waits if users fail validation; null if it continues without them',
  message: 'the reason for the current phase, or null',
} as const;

/** The named schemas of responses, and those that requests and responses share. */
export const responseComponents: Readonly<Record<string, Component>> = {
  ExchangeSettings: component(
    exchangeSettingsSchema,
    'The settings for mailboxes: the migration endpoint in the target tenant, and the routing domain of the target.',
  ),
  SharePointParameters: component(
    sharePointParametersSchema,
    'Graph’s `sharePointMigrationTaskParameters`: the source and the target of a SharePoint task.',
  ),
  Workload: component(
    workloadSchema,
    'A workload of a user: Teams chats, mailbox, OneDrive, or meetings.',
  ),
  AcceptedMigration: component(
    acceptedMigrationSchema,
    'An accepted migration and the address of its status.',
    { notice: 'with function keys and a required approval: why the approver cannot be verified' },
  ),
  Migration: component(migrationSchema, 'A migration: one accepted request.', migrationMembers),
  MigrationDetail: component(migrationDetailSchema, 'A migration with its batches.', {
    ...migrationMembers,
    failures:
      'the reasons of failures: tenant-wide causes first, then those that affect most users',
    failureSummary: 'a summary in one line, such as `37 users, 3 reasons`',
    approvals:
      'the approval requests, oldest first, each with the number of tasks that it covers and the SHA-256 over their sorted ids',
  }),
  MigrationPhase: component(
    migrationPhaseSchema,
    'The phase of a migration. The last four are final.',
  ),
  Batch: component(
    batchSchema,
    'A part of the users or tasks of a migration. A batch of users has at most one Graph job at a time.',
    {
      clearedAt:
        'when an approval cleared the batch for its cutover; null if none has, or if the batch is being validated again',
      revalidatedAt:
        'approvals before this time do not apply, because the batch is being validated again; null if there is no such limit',
      attempt: 'the number of the current Graph job, starting with 1',
      run: 'the number of the current run: 1 for the run of the request, and one more for each retry',
      runCommandId: 'the command that started the current run; null for the run of the request',
      jobStatus: 'the status of the job in Graph',
      message: 'the reason for the current phase, or what a person must do',
      needsPerson: 'why the batch needs a person; null if it does not',
      failures: 'the reasons of failures; null until the outcomes are recorded for the first time',
      waiterId: 'the id of the orchestration instance that waits for the batch',
    },
  ),
  BatchPhase: component(batchPhaseSchema, 'The phase of a batch. The last four are final.'),
  Task: component(listedTaskSchema, 'One task of a migration.', {
    taskId:
      'the object id of the target user, which is also the id of the task in Graph; for a SharePoint task, an id derived from its source',
    source:
      'the source of a SharePoint task: a user, the address of a site, or the mail nickname of a group; null for a user',
    target: 'the target of a SharePoint task; null for a user',
    parameters: 'the Graph parameters of a SharePoint task, as in the request',
    outcome: 'the final record of the task; null until there is one',
    jobId:
      'the id of the Graph job of the user, or of the SharePoint task in Graph; null before it is created',
    validation: 'the result of the validation, which Graph removes when the migration starts',
    failure:
      'why the task failed; null unless it failed, is invalid, or has a failed workload while others are running',
  }),
  ServiceStatus: component(listedServiceSchema, 'The status of one workload of a task in Graph.'),
  TaskError: component(
    explainedErrorSchema,
    'An error with its meaning and what to do. `known` is false for a code that Microsoft has not documented.',
  ),
  TaskFailure: component(taskFailureSchema, 'Why a task failed, across all its workloads.'),
  FailureReason: component(
    failureReasonSchema,
    'A reason of failures in a batch: the number of affected users and up to five of their tasks.',
  ),
  FailureCluster: component(
    failureClusterSchema,
    'A reason of failures in a migration, and what to do about it.',
  ),
  FailureScope: component(
    failureScopeSchema,
    'Whether the cause is in the setup of a tenant or concerns one user.',
  ),
  WhoCanFix: component(whoCanFixSchema, 'Who can correct the error.'),
  RetryKind: component(
    retryKindSchema,
    'How to retry: with the same job, with a new job, after a correction, or not at all.',
  ),
  PersonNeed: component(personNeedSchema, 'Why a batch needs a person.'),
  Outcome: component(outcomeSchema, 'The final record of a task.'),
  OutcomeCounts: component(
    outcomeCountsSchema,
    'The number of tasks by outcome. `pending` tasks have no outcome yet.',
  ),
  AcceptedCommand: component(
    acceptedCommandSchema,
    'A stored command, and the address of its results.',
  ),
  Command: component(
    commandWithResultsSchema,
    'A command for a migration, with its result in each batch.',
    {
      state: 'pending until each target batch has recorded a result',
      by: 'the name of the caller',
      byId: 'tenant id and object id of the caller; null if the caller was not signed in',
      approvalId: 'for approve and reject: the approval request that was decided',
      targets:
        'the batches that must record a result; empty for a command that takes effect immediately',
    },
  ),
  CommandKind: component(commandKindSchema, 'The kind of a command.'),
  CommandVerdict: component(commandVerdictSchema, 'The result of a command.'),
  AuditEvent: component(auditEventSchema, 'An event in the audit trail of a migration.', {
    eventId: 'the id of the event: recording the same event again does not change the trail',
    by: 'who caused the event; null if nobody did',
    sequence: 'the position in the trail: 1, 2, 3, … without a gap',
    hash: 'SHA-256, in hex, over the previous hash and the event',
  }),
  Replayed: component(replayedSchema, 'The migration that a replayed message has created.'),
  TaskUpdate: component(taskUpdateSchema, 'The changes to the task in Graph.'),
  Rejection: component(
    rejectionSchema,
    'A queue message that was rejected permanently, with its reasons. Equal messages share one rejection.',
    {
      id: 'derived from the text of the message, so that equal messages have the same id',
      source:
        '`queue`: rejected when it was read; `poison`: failed at every delivery and came from the queue migration-requests-poison',
      code: 'messageEmpty, notJson, notUtf8, invalidRequest, requestBlobMissing, requestTooLarge, conflict, userUnderWay, userMoved or processingFailed; the reason of the latest rejection',
      rejectedAt: 'when the message was rejected for the first time',
      lastRejectedAt: 'when the message was rejected most recently, including replays',
      count:
        'how often the message was rejected; a repeated delivery after a crash counts again, a replay does not count',
      replayedAt: 'when a replay was accepted; null until then',
      migrationId: 'the migration that the replay created; null until then',
    },
  ),
  Health: component(healthSchema, 'The health of the app: healthy if every check is healthy.', {
    frozen: 'the current freeze; null if there is none; absent if storage cannot be read',
  }),
  Freeze: component(
    freezeSchema,
    'A freeze: nothing new is created or migrated in any migration.',
    { by: 'the caller who set the freeze', reason: 'the reason that the caller gave' },
  ),
  HealthCheck: component(healthCheckSchema, 'The health of a service that the app depends on.'),
  Problem: component(
    problemSchema,
    'A problem (RFC 9457). Clients act on `code`, whose meaning never changes.',
  ),
  ProblemField: component(
    problemFieldSchema,
    'A bad field. `path` is its path in the request, empty for the whole body.',
  ),
  ProblemCode: component(problemCodeSchema, 'The codes of problems.'),
};
