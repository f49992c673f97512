import {
  acceptedCommandSchema,
  acceptedMigrationSchema,
  healthCheckSchema,
  healthSchema,
  listedServiceSchema,
  listedTaskSchema,
  migrationDetailSchema,
  replayedSchema,
} from '../../contracts/answers.ts';
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
import { type Component, component } from './component.ts';

const migrationMembers = {
  completeAfterDateTime: 'the earliest cutover; null: as soon as the mailboxes are in sync',
  batchSize: 'users in a batch, as it was set when the request was accepted',
  requestedBy: 'what the requester is called; they cannot approve',
  requestedById: 'who the requester is, tenant and object id; null where they were not signed in',
  requestedByKind:
    '`authenticated`: signed in; `named`: by a caller with a function key; `claimed`: by a queue message, whose sender nobody knows',
  claimedBy:
    'of a message that somebody has replayed: the requester that it names, who cannot approve either',
  approvalHours: 'hours within which somebody must approve; null where no approval is asked for',
  holdHours: 'hours that a batch waits with its invalid users; null where it goes on without them',
  message: 'why it stands as it does, when there is something to say',
} as const;

/** The named schemas of answers, and of what requests and answers have in common. */
export const responseComponents: Readonly<Record<string, Component>> = {
  ExchangeSettings: component(
    exchangeSettingsSchema,
    'Needed to move mailboxes: the migration endpoint on the target, and the target’s routing domain.',
  ),
  SharePointParameters: component(
    sharePointParametersSchema,
    'Graph’s `sharePointMigrationTaskParameters`: what to move from where to where.',
  ),
  Workload: component(workloadSchema, 'Chats, mailbox, OneDrive, or meetings of a user.'),
  AcceptedMigration: component(
    acceptedMigrationSchema,
    'A migration as it was accepted, and where to look for it.',
    { notice: 'with function keys and an approval: what such an approval is worth' },
  ),
  Migration: component(migrationSchema, 'One accepted request.', migrationMembers),
  MigrationDetail: component(migrationDetailSchema, 'One accepted request with its batches.', {
    ...migrationMembers,
    failures: 'tenant-wide causes first, then those that hit most users',
    failureSummary: 'one line, such as `37 users, 3 reasons`',
    approvals:
      'the requests for approval, oldest first, with the tasks that each covers: how many, and SHA-256 over their sorted ids',
  }),
  MigrationPhase: component(migrationPhaseSchema, 'Where a migration is; the last four are final.'),
  Batch: component(batchSchema, 'A slice of a migration’s users, which is one Graph job.', {
    clearedAt:
      'when it was let through to its cutover by an approval; null where it was not, or validates anew since',
    approveAfter:
      'an approval from before this does not hold: the batch validates anew since; null for none',
    attempt: '1 for the first job; one more for every fresh one',
    run: '1 for the request’s own run; one more for every retry',
    runCommandId: 'the command that this run comes from; null for the request',
    jobStatus: 'Graph’s word',
    message: 'why it stands as it does, or what a person is to do',
    needsPerson: 'null when it does not',
    failures: 'null until the tasks are recorded for the first time',
    waiterId: 'the orchestration that waits for the batch',
  }),
  BatchPhase: component(batchPhaseSchema, 'Where a batch is; the last four are final.'),
  Task: component(listedTaskSchema, 'One task of a migration.', {
    taskId:
      'the target user’s object id, which is Graph’s task id as well; of a SharePoint task an id made from its source',
    source:
      'what a SharePoint task moves: a user, the address of a site or the mail nickname of a group; null for a user of a job',
    target: 'where a SharePoint task moves it to',
    parameters: 'Graph’s own parameters of a SharePoint task, as the request has them',
    outcome: 'null while it has none',
    jobId:
      'the Graph job that holds or held the user, or the id of the SharePoint task; null before that is created',
    validation: 'what validation found: Graph forgets it when the migration starts',
    failure:
      'null unless it has failed, is invalid, or has a workload that fails while others go on',
  }),
  ServiceStatus: component(
    listedServiceSchema,
    'Where one workload of a task is, in Graph’s word.',
  ),
  TaskError: component(
    explainedErrorSchema,
    'What went wrong, what it means and the step to take. `known` is false for a code that Microsoft has not published.',
  ),
  TaskFailure: component(taskFailureSchema, 'Why a task has failed, over all its workloads.'),
  FailureReason: component(
    failureReasonSchema,
    'How many users of a batch have which code, with up to five of their tasks.',
  ),
  FailureCluster: component(
    failureClusterSchema,
    'One reason of a migration’s failures, and what to do about it.',
  ),
  FailureScope: component(
    failureScopeSchema,
    'Whether the cause lies in a tenant’s setup or with the user.',
  ),
  WhoCanFix: component(whoCanFixSchema, 'Whose move it is.'),
  RetryKind: component(
    retryKindSchema,
    'Whether the same job can be started again, a new one is needed, something must be mended first, or there is nothing to try again.',
  ),
  PersonNeed: component(personNeedSchema, 'Why a batch needs a person.'),
  Outcome: component(outcomeSchema, 'The final record of one task.'),
  OutcomeCounts: component(
    outcomeCountsSchema,
    'How many tasks have which outcome; `pending` have none yet.',
  ),
  AcceptedCommand: component(
    acceptedCommandSchema,
    'A command on record, and where to look for what becomes of it.',
  ),
  Command: component(
    commandWithResultsSchema,
    'What was asked of a migration, and what became of it in each batch.',
    {
      state: 'pending until each of its batches has answered',
      by: 'what the asker is called',
      byId: 'who the asker is, tenant and object id; null where they were not signed in',
      approvalId: 'of approve and reject: the request for approval that it decides on',
      targets: 'the batches that must answer; none for a command that takes effect at once',
    },
  ),
  CommandKind: component(commandKindSchema, 'What is asked.'),
  CommandVerdict: component(commandVerdictSchema, 'What became of a command.'),
  AuditEvent: component(
    auditEventSchema,
    'One thing that happened to a migration, in its place in the record.',
    {
      eventId: 'the same happening has the same id, however often it is put on record',
      by: 'null where nobody has asked for it',
      sequence: '1, 2, 3, … without a gap',
      hash: 'SHA-256, in hex, over the previous hash and the event',
    },
  ),
  Replayed: component(replayedSchema, 'The migration that a refused message has become.'),
  TaskUpdate: component(taskUpdateSchema, 'What was to be written into Graph’s task.'),
  Rejection: component(
    rejectionSchema,
    'A queue message that can never succeed, with its reasons. Equal messages share one.',
    {
      id: 'derived from the text of the message: the same text has the same id',
      source:
        'poison: the message failed at every delivery and came from the queue migration-requests-poison',
      code: 'messageEmpty, notJson, notUtf8, invalidRequest, requestBlobMissing, requestTooLarge, conflict, userUnderWay, userMoved or processingFailed; the reason of the last time',
      rejectedAt: 'when the message was refused for the first time',
      lastRejectedAt: 'when it was refused last, a refused replay included',
      count:
        'how often it was refused; a delivery that comes again after a crash counts once more, a replay does not count',
      replayedAt: 'when the message was taken after all; null while it is refused',
      migrationId: 'as which migration it was taken',
    },
  ),
  Health: component(healthSchema, 'Healthy when every check is.', {
    frozen: 'null while no freeze is in force; left out where storage cannot be read',
  }),
  Freeze: component(
    freezeSchema,
    'A freeze in force: nothing new is created or migrated in any migration.',
    { by: 'who asked for it first', reason: 'why' },
  ),
  HealthCheck: component(healthCheckSchema, 'One thing that the app cannot work without.'),
  Problem: component(
    problemSchema,
    'A refusal (RFC 9457). Programs act on `code`, which never changes its meaning.',
  ),
  ProblemField: component(
    problemFieldSchema,
    'One bad field, by the path that the caller wrote; empty for the whole body.',
  ),
  ProblemCode: component(problemCodeSchema, 'Every code of a problem.'),
};
