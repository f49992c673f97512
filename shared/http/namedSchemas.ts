import type { z } from 'zod';
import * as audit from '../contracts/audit.ts';
import * as command from '../contracts/command.ts';
import * as migration from '../contracts/migration.ts';
import * as problem from '../contracts/problem.ts';
import * as rejection from '../contracts/rejection.ts';
import * as request from '../contracts/request.ts';
import * as responses from '../contracts/responses.ts';
import * as sharePointParameters from '../contracts/sharePointParameters.ts';
import * as task from '../contracts/task.ts';

/** A schema that the OpenAPI document has under a name. */
interface NamedSchema {
  readonly schema: z.ZodType;
  readonly description: string;
  /** Descriptions of members whose names do not explain them. */
  readonly members: Readonly<Record<string, string | undefined>>;
}

/** Describes a schema. Only members of the schema can be described. */
function named<Schema extends z.ZodType>(
  schema: Schema,
  description: string,
  members?: Readonly<Partial<Record<keyof z.output<Schema> & string, string>>>,
): NamedSchema {
  return { schema, description, members: members ?? {} };
}

const inEveryRequest = {
  name: 'used in the names of the Graph jobs, and as the key of the request if it has no Idempotency-Key',
  requestedBy:
    'the requester, required with `approval`; the requester cannot approve. For HTTP requests with Entra, the identity of the caller is used instead; in a queue message the name is an unverified claim',
  approval:
    'with `required`, nothing is migrated before another person has approved; if nobody decides in time, the migration is rejected',
} as const;

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

/**
 * The schemas of requests and responses that the OpenAPI document has under a name. A schema
 * without a name is written out where it is used.
 */
export const namedSchemas: Readonly<Record<string, NamedSchema>> = {
  MigrationRequest: named(
    request.migrationRequestSchema,
    'A migration request. `kind` selects its form.',
  ),
  UsersRequest: named(request.usersRequestSchema, 'A request to migrate users.', {
    ...inEveryRequest,
    sourceTenantId: 'the source tenant of the users',
    users: 'the users; the app splits them into batches, each with one Graph job at a time',
    workloads: '`Meeting` needs `Teams` and `Exchange`',
    completeAfterDateTime:
      'the earliest time of the cutover; if absent: as soon as the mailboxes are synchronized',
    validateOnly: 'validate the users and migrate nothing',
    onInvalid:
      '`continueWithout`: users who fail validation are recorded as invalid, and the others are migrated; `hold`: the batch waits for the command revalidate',
    holdTimeoutHours:
      'how many hours a batch is held; if nobody decides by then, none of its users is migrated',
  }),
  RequestedUser: named(
    request.requestedUserSchema,
    'A user to migrate: the object id of the target user, optionally with the source address for the record.',
  ),
  SharePointRequest: named(
    request.sharePointRequestSchema,
    'A request to migrate OneDrives, groups and sites.',
    {
      ...inEveryRequest,
      sourceTenantId: 'must be the source tenant that the app is configured for',
      tasks: 'Graph’s parameter objects, one for each OneDrive, group or site',
      validateFirst:
        'every task is validated before it is created; tasks that fail are recorded as invalid',
      validateOnly: 'validate only: nothing is created, and each task ends as validated or invalid',
      identityMappings: 'written to the identity map of the target before any task is created',
      checkIdentityMappings:
        'check that each user and group is mapped to the expected target before its task is created',
    },
  ),
  IdentityMappings: named(
    request.identityMappingsSchema,
    'The target identities of source users and groups.',
  ),
  UserMapping: named(request.userMappingSchema, 'Graph’s `crossOrganizationUserMapping`.'),
  GroupMapping: named(request.groupMappingSchema, 'Graph’s `crossOrganizationGroupMapping`.'),
  CommandBody: named(
    command.commandBodySchema,
    'The caller and the reason. With Entra, the authenticated identity is used and `by` is ignored.',
  ),
  ExchangeSettings: named(
    request.exchangeSettingsSchema,
    'The settings for mailboxes: the migration endpoint in the target tenant, and the routing domain of the target.',
  ),
  SharePointParameters: named(
    sharePointParameters.sharePointParametersSchema,
    'Graph’s `sharePointMigrationTaskParameters`: the source and the target of a SharePoint task.',
  ),
  Workload: named(
    request.workloadSchema,
    'A workload of a user: Teams chats, mailbox, OneDrive, or meetings.',
  ),
  AcceptedMigration: named(
    responses.acceptedMigrationSchema,
    'An accepted migration and the address of its status.',
    { notice: 'with function keys and a required approval: why the approver cannot be verified' },
  ),
  Migration: named(
    migration.migrationSchema,
    'A migration: one accepted request.',
    migrationMembers,
  ),
  MigrationDetail: named(responses.migrationDetailSchema, 'A migration with its batches.', {
    ...migrationMembers,
    failures:
      'the reasons of failures: tenant-wide causes first, then those that affect most users',
    failureSummary: 'a summary in one line, such as `37 users, 3 reasons`',
    approvals:
      'the approval requests, oldest first, each with the number of tasks that it covers and the SHA-256 over their sorted ids',
  }),
  MigrationPhase: named(
    migration.migrationPhaseSchema,
    'The phase of a migration. The last four are final.',
  ),
  Batch: named(
    migration.batchSchema,
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
  BatchPhase: named(migration.batchPhaseSchema, 'The phase of a batch. The last four are final.'),
  Task: named(responses.listedTaskSchema, 'One task of a migration.', {
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
  ServiceStatus: named(
    responses.listedServiceSchema,
    'The status of one workload of a task in Graph.',
  ),
  TaskError: named(
    task.explainedErrorSchema,
    'An error with its meaning and what to do. `known` is false for a code that Microsoft has not documented.',
  ),
  TaskFailure: named(task.taskFailureSchema, 'Why a task failed, across all its workloads.'),
  FailureReason: named(
    task.failureReasonSchema,
    'A reason of failures in a batch: the number of affected users and up to five of their tasks.',
  ),
  FailureCluster: named(
    task.failureClusterSchema,
    'A reason of failures in a migration, and what to do about it.',
  ),
  FailureScope: named(
    task.failureScopeSchema,
    'Whether the cause is in the setup of a tenant or concerns one user.',
  ),
  WhoCanFix: named(task.whoCanFixSchema, 'Who can correct the error.'),
  RetryKind: named(
    task.retryKindSchema,
    'How to retry: with the same job, with a new job, after a correction, or not at all.',
  ),
  PersonNeed: named(migration.personNeedSchema, 'Why a batch needs a person.'),
  Outcome: named(task.outcomeSchema, 'The final record of a task.'),
  OutcomeCounts: named(
    task.outcomeCountsSchema,
    'The number of tasks by outcome. `pending` tasks have no outcome yet.',
  ),
  AcceptedCommand: named(
    responses.acceptedCommandSchema,
    'A stored command, and the address of its results.',
  ),
  Command: named(
    command.commandWithResultsSchema,
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
  CommandKind: named(command.commandKindSchema, 'The kind of a command.'),
  CommandVerdict: named(command.commandVerdictSchema, 'The result of a command.'),
  AuditEvent: named(audit.auditEventSchema, 'An event in the audit trail of a migration.', {
    eventId: 'the id of the event: recording the same event again does not change the trail',
    by: 'who caused the event; null if nobody did',
    sequence: 'the position in the trail: 1, 2, 3, … without a gap',
    hash: 'SHA-256, in hex, over the previous hash and the event',
  }),
  Replayed: named(responses.replayedSchema, 'The migration that a replayed message has created.'),
  TaskUpdate: named(command.taskUpdateSchema, 'The changes to the task in Graph.'),
  Rejection: named(
    rejection.rejectionSchema,
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
  Health: named(
    responses.healthSchema,
    'The health of the app: healthy if every check is healthy.',
    {
      frozen: 'the current freeze; null if there is none; absent if storage cannot be read',
    },
  ),
  Freeze: named(
    command.freezeSchema,
    'A freeze: nothing new is created or migrated in any migration.',
    {
      by: 'the caller who set the freeze',
      reason: 'the reason that the caller gave',
    },
  ),
  HealthCheck: named(
    responses.healthCheckSchema,
    'The health of a service that the app depends on.',
  ),
  Problem: named(
    problem.problemSchema,
    'A problem (RFC 9457). Clients act on `code`, whose meaning never changes.',
  ),
  ProblemField: named(
    problem.problemFieldSchema,
    'A bad field. `path` is its path in the request, empty for the whole body.',
  ),
  ProblemCode: named(problem.problemCodeSchema, 'The codes of problems.'),
};
