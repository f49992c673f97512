import { z } from 'zod';
import { type GraphResponse, GraphError } from '../graphResponse.ts';
import type { JobStore } from './jobStore.ts';
import { jobBody } from './jobBody.ts';
import type { JobRecord } from './jobRecord.ts';
import type { Scenario } from '../scenario.ts';

const weekMs = 7 * 24 * 3_600_000;
const beforeMigrate = [
  'submitted',
  'approved',
  'validateSubmitted',
  'validateProcessing',
  'validateInProgress',
  'validatePassed',
  'validateFailed',
];
const migrating = ['processing', 'inProgress', 'adminActionRequired'];
const finalStatuses = ['completed', 'completedWithErrors', 'failed', 'cancelled'];

/** The job that an action works on. */
export interface JobTarget {
  readonly jobs: JobStore;
  readonly scenario: Scenario;
  readonly record: JobRecord;
  readonly nowMs: number;
}

const context =
  'https://graph.microsoft.com/v1.0/$metadata#microsoft.graph.crossTenantMigrationJob';

function conflict(message: string): GraphError {
  return new GraphError(409, 'Conflict', message);
}

/** Starts a validation (Graph: validate job). */
export function validate({ jobs, scenario, record, nowMs }: JobTarget): GraphResponse {
  const { status, atMs } = jobs.stepAt(record, nowMs);
  const isExpired =
    status === 'validatePassed' && nowMs - atMs > weekMs && scenario.switches.revalidateExpired;
  if (status !== 'submitted' && status !== 'validateFailed' && !isExpired)
    throw conflict(`Validation can't be started because the current status is ${status}.`);
  jobs.add(record.job.id, { kind: 'validate', atMs: nowMs, busy: jobs.busyUsers(record, nowMs) });
  const body = {
    '@odata.context': context,
    ...jobBody(jobs, scenario, record, nowMs, {
      message: 'Validation job has been submitted successfully',
    }),
  };
  return { status: 200, body, effect: 'validate' };
}

/** Starts a migration (Graph: migrate job). A validation older than seven days is not accepted. */
export function migrate({ jobs, scenario, record, nowMs }: JobTarget): GraphResponse {
  const { status, atMs } = jobs.stepAt(record, nowMs);
  const acceptedStatuses = scenario.switches.migrateAgain
    ? ['validatePassed', 'failed', 'completedWithErrors']
    : ['validatePassed'];
  if (!acceptedStatuses.includes(status))
    throw conflict(`Migration can't be started because the current status is ${status}.`);
  if (status === 'validatePassed' && nowMs - atMs > weekMs)
    throw conflict('The validation is older than seven days.');
  jobs.add(record.job.id, { kind: 'migrate', atMs: nowMs });
  const body = {
    '@odata.context': context,
    ...jobBody(jobs, scenario, record, nowMs, {
      message: 'Migration job has been submitted successfully',
    }),
  };
  return { status: 200, body, effect: 'migrate' };
}

/** Cancels a job (Graph: cancel job): before the migration at any time, during it until the cutover date. */
export function cancel({ jobs, scenario, record, nowMs }: JobTarget): GraphResponse {
  const { status } = jobs.stepAt(record, nowMs);
  const isInTime = migrating.includes(status) && nowMs < jobs.timeline(record).completeAfterMs;
  const isPossible =
    beforeMigrate.includes(status) || (isInTime && !scenario.switches.cancelOnlyBeforeMigrate);
  if (!isPossible) throw conflict(`Cancel is not possible. Current status is ${status}.`);
  jobs.add(record.job.id, { kind: 'cancel', atMs: nowMs });
  const { id, displayName } = record.job;
  const body = {
    id,
    displayName,
    status: 'pendingCancel',
    message: 'cancellation request has been accepted for the migration job',
  };
  return { ...cancelResponse(body, scenario), effect: 'cancel' };
}

/** Cancels one user of a job (Graph: cancel user). */
export function cancelUser(
  { jobs, scenario, record, nowMs }: JobTarget,
  user: string,
): GraphResponse {
  const timeline = jobs.timeline(record);
  if (!timeline.users.includes(user))
    throw new GraphError(
      404,
      'NotFound',
      `Cancellation not possible as no task found for given ID ${user}.`,
    );
  const { status } = jobs.stepAt(record, nowMs);
  const isCancellable = beforeMigrate.includes(status) || migrating.includes(status);
  if (!isCancellable || timeline.cancelledUsers.has(user) || nowMs >= timeline.completeAfterMs) {
    throw conflict(`Cancel is not possible. Current status is ${status}.`);
  }
  jobs.add(record.job.id, { kind: 'cancelUser', atMs: nowMs, user });
  const message = `Cancellation request for user id: ${user} from batch: ${record.job.id} was accepted.`;
  return { ...cancelResponse({ status: 'Accepted', message }, scenario), effect: 'cancelUser' };
}

// Two revisions of Graph's page differ in the status and in the wrapper.
function cancelResponse(body: object, { switches }: Scenario): GraphResponse {
  return {
    status: switches.cancelReturnsOk ? 200 : 202,
    body: switches.wrapCancelResponses ? { value: body } : body,
  };
}

/** Changes `completeAfterDateTime`, which is possible only before that date (Graph: update job). */
export function update({ jobs, scenario, record, nowMs }: JobTarget, body: unknown): GraphResponse {
  const parsed = z
    .strictObject({ completeAfterDateTime: z.iso.datetime({ offset: true }) })
    .safeParse(body);
  if (!parsed.success)
    throw new GraphError(400, 'BadRequest', 'Only completeAfterDateTime can be updated.');
  const { completeAfterDateTime } = parsed.data;
  const { status } = jobs.stepAt(record, nowMs);
  const isChangeable =
    (beforeMigrate.includes(status) || migrating.includes(status)) &&
    nowMs < jobs.timeline(record).completeAfterMs;
  if (!isChangeable)
    throw conflict(`The job can't be updated because the current status is ${status}.`);
  if (Date.parse(completeAfterDateTime) <= nowMs && scenario.switches.strictCompleteAfter) {
    const message = 'The value must be later than now.';
    throw new GraphError(422, 'BadArgument', message, [
      { code: 'minThresholdFailed', target: 'completeAfterDateTime', message },
    ]);
  }
  jobs.add(record.job.id, { kind: 'update', atMs: nowMs, completeAfterDateTime });
  if (!scenario.switches.updateReturnsJob) return { status: 204, effect: 'update' };
  return {
    status: 200,
    body: { '@odata.context': context, ...jobBody(jobs, scenario, record, nowMs) },
    effect: 'update',
  };
}

/** Deletes a job that has ended (Graph: delete job). */
export function remove({ jobs, scenario, record, nowMs }: JobTarget): GraphResponse {
  const { status } = jobs.stepAt(record, nowMs);
  if (status === 'pendingDelete') return { status: 202 };
  const deletableStatuses = finalStatuses.filter(
    (end) => end !== 'completedWithErrors' || scenario.switches.deleteCompletedWithErrors,
  );
  if (!deletableStatuses.includes(status)) {
    const message = 'The job must be in Completed, Failed or Cancelled state.';
    throw new GraphError(409, 'Conflict', message, [
      { code: 'resourceTypeMismatch', target: 'status', message },
    ]);
  }
  jobs.add(record.job.id, { kind: 'delete', atMs: nowMs });
  return { status: 202, effect: 'delete' };
}
