import { z } from 'zod';
import type { JobBook } from './jobBook.ts';
import { type GraphAnswer, GraphRefusal } from './graphAnswer.ts';
import { jobBody } from './jobBody.ts';
import type { JobRecord } from './jobRecord.ts';
import type { Scenario } from './scenario.ts';

const week = 7 * 24 * 3_600_000;
const beforeMigrate = ['submitted', 'approved', 'validateSubmitted', 'validateProcessing', 'validateInProgress', 'validatePassed', 'validateFailed'];
const migrating = ['processing', 'inProgress', 'adminActionRequired'];
const ends = ['completed', 'completedWithErrors', 'failed', 'cancelled'];

/** What an action works on. */
export interface Target {
  readonly book: JobBook;
  readonly scenario: Scenario;
  readonly record: JobRecord;
  readonly nowMs: number;
}

const context = 'https://graph.microsoft.com/v1.0/$metadata#microsoft.graph.crossTenantMigrationJob';

function conflict(message: string): GraphRefusal {
  return new GraphRefusal(409, 'Conflict', message);
}

/** Graph: validate job. */
export function validate({ book, scenario, record, nowMs }: Target): GraphAnswer {
  const { status, atMs } = book.step(record, nowMs);
  const expired = status === 'validatePassed' && nowMs - atMs > week && scenario.switches.revalidateExpired;
  if (status !== 'submitted' && status !== 'validateFailed' && !expired) throw conflict(`Validation can't be started because the current status is ${status}.`);
  book.add(record.job.id, { kind: 'validate', atMs: nowMs, busy: book.busyUsers(record, nowMs) });
  const body = { '@odata.context': context, ...jobBody(book, record, nowMs, { message: 'Validation job has been submitted successfully' }) };
  return { status: 200, body, effect: 'validate' };
}

/** Graph: migrate job; a pass older than seven days is no pass any more. */
export function migrate({ book, record, nowMs }: Target): GraphAnswer {
  const { status, atMs } = book.step(record, nowMs);
  if (!['validatePassed', 'failed', 'completedWithErrors'].includes(status)) throw conflict(`Migration can't be started because the current status is ${status}.`);
  if (status === 'validatePassed' && nowMs - atMs > week) throw conflict('The validation is older than seven days.');
  book.add(record.job.id, { kind: 'migrate', atMs: nowMs });
  const body = { '@odata.context': context, ...jobBody(book, record, nowMs, { message: 'Migration job has been submitted successfully' }) };
  return { status: 200, body, effect: 'migrate' };
}

/** Graph: cancel job: before the migration at any time, during it until the cutover date. */
export function cancel({ book, record, nowMs }: Target): GraphAnswer {
  const { status } = book.step(record, nowMs);
  const inTime = migrating.includes(status) && nowMs < book.course(record).completeAfterMs;
  if (!beforeMigrate.includes(status) && !inTime) throw conflict(`Cancel is not possible. Current status is ${status}.`);
  book.add(record.job.id, { kind: 'cancel', atMs: nowMs });
  const { id, displayName } = record.job;
  return { status: 202, body: { id, displayName, status: 'pendingCancel', message: 'cancellation request has been accepted for the migration job' }, effect: 'cancel' };
}

/** Graph: cancel a user of a job. */
export function cancelUser({ book, record, nowMs }: Target, user: string): GraphAnswer {
  const course = book.course(record);
  if (!course.users.includes(user)) throw new GraphRefusal(404, 'NotFound', `Cancellation not possible as no task found for given ID ${user}.`);
  const { status } = book.step(record, nowMs);
  if (ends.includes(status) || status === 'cuttingOver' || course.cancelledUsers.has(user) || nowMs >= course.completeAfterMs) {
    throw conflict(`Cancel is not possible. Current status is ${status}.`);
  }
  book.add(record.job.id, { kind: 'cancelUser', atMs: nowMs, user });
  const message = `Cancellation request for user id: ${user} from batch: ${record.job.id} was accepted.`;
  return { status: 202, body: { status: 'Accepted', message }, effect: 'cancelUser' };
}

/** Graph: update job: only `completeAfterDateTime`. */
export function update({ book, scenario, record, nowMs }: Target, body: unknown): GraphAnswer {
  const parsed = z.strictObject({ completeAfterDateTime: z.iso.datetime({ offset: true }) }).safeParse(body);
  if (!parsed.success) throw new GraphRefusal(400, 'BadRequest', 'Only completeAfterDateTime can be updated.');
  const { completeAfterDateTime } = parsed.data;
  const { status } = book.step(record, nowMs);
  if (status === 'cuttingOver' || ends.includes(status)) throw conflict(`The job can't be updated because the current status is ${status}.`);
  if (Date.parse(completeAfterDateTime) <= nowMs && scenario.switches.strictCompleteAfter) {
    const message = 'The value must be later than now.';
    throw new GraphRefusal(422, 'BadArgument', message, [{ code: 'minThresholdFailed', target: 'completeAfterDateTime', message }]);
  }
  book.add(record.job.id, { kind: 'update', atMs: nowMs, completeAfterDateTime });
  return { status: 204, effect: 'update' };
}

/** Graph: delete job, once it has ended. */
export function remove({ book, scenario, record, nowMs }: Target): GraphAnswer {
  const { status } = book.step(record, nowMs);
  if (status === 'pendingDelete') return { status: 202 };
  const deletable = ends.filter((end) => end !== 'completedWithErrors' || scenario.switches.deleteCompletedWithErrors);
  if (!deletable.includes(status)) {
    const message = 'The job must be in Completed, Failed or Cancelled state.';
    throw new GraphRefusal(409, 'Conflict', message, [{ code: 'resourceTypeMismatch', target: 'status', message }]);
  }
  book.add(record.job.id, { kind: 'delete', atMs: nowMs });
  return { status: 202, effect: 'delete' };
}
