import { z } from 'zod';
import { type GraphAnswer, GraphRefusal } from './graphAnswer.ts';
import type { JobBook } from './jobBook.ts';
import { jobBody, type JobRecord } from './jobRecord.ts';
import type { Scenario } from './scenario.ts';

const week = 7 * 24 * 3_600_000;
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
const ends = ['completed', 'completedWithErrors', 'failed', 'cancelled'];

/** What an action works on. */
export interface Target {
  readonly book: JobBook;
  readonly scenario: Scenario;
  readonly record: JobRecord;
  readonly nowMs: number;
}

const context =
  'https://graph.microsoft.com/v1.0/$metadata#microsoft.graph.crossTenantMigrationJob';

function conflict(message: string): GraphRefusal {
  return new GraphRefusal(409, 'Conflict', message);
}

/** Graph: validate job. */
export function validate({ book, scenario, record, nowMs }: Target): GraphAnswer {
  const { status, atMs } = book.step(record, nowMs);
  const expired =
    status === 'validatePassed' && nowMs - atMs > week && scenario.switches.revalidateExpired;
  if (status !== 'submitted' && status !== 'validateFailed' && !expired)
    throw conflict(`Validation can't be started because the current status is ${status}.`);
  book.add(record.job.id, { kind: 'validate', atMs: nowMs, busy: book.busyUsers(record, nowMs) });
  const body = {
    '@odata.context': context,
    ...jobBody(book, scenario, record, nowMs, {
      message: 'Validation job has been submitted successfully',
    }),
  };
  return { status: 200, body, effect: 'validate' };
}

/** Graph: migrate job; a pass older than seven days is no pass any more. */
export function migrate({ book, scenario, record, nowMs }: Target): GraphAnswer {
  const { status, atMs } = book.step(record, nowMs);
  const accepting = scenario.switches.migrateAgain
    ? ['validatePassed', 'failed', 'completedWithErrors']
    : ['validatePassed'];
  if (!accepting.includes(status))
    throw conflict(`Migration can't be started because the current status is ${status}.`);
  if (status === 'validatePassed' && nowMs - atMs > week)
    throw conflict('The validation is older than seven days.');
  book.add(record.job.id, { kind: 'migrate', atMs: nowMs });
  const body = {
    '@odata.context': context,
    ...jobBody(book, scenario, record, nowMs, {
      message: 'Migration job has been submitted successfully',
    }),
  };
  return { status: 200, body, effect: 'migrate' };
}

/** Graph: cancel job: before the migration at any time, during it until the cutover date. */
export function cancel({ book, scenario, record, nowMs }: Target): GraphAnswer {
  const { status } = book.step(record, nowMs);
  const inTime = migrating.includes(status) && nowMs < book.course(record).completeAfterMs;
  const possible =
    beforeMigrate.includes(status) || (inTime && !scenario.switches.cancelOnlyBeforeMigrate);
  if (!possible) throw conflict(`Cancel is not possible. Current status is ${status}.`);
  book.add(record.job.id, { kind: 'cancel', atMs: nowMs });
  const { id, displayName } = record.job;
  const body = {
    id,
    displayName,
    status: 'pendingCancel',
    message: 'cancellation request has been accepted for the migration job',
  };
  return { ...cancelAnswer(body, scenario), effect: 'cancel' };
}

/** Graph: cancel a user of a job. */
export function cancelUser({ book, scenario, record, nowMs }: Target, user: string): GraphAnswer {
  const course = book.course(record);
  if (!course.users.includes(user))
    throw new GraphRefusal(
      404,
      'NotFound',
      `Cancellation not possible as no task found for given ID ${user}.`,
    );
  const { status } = book.step(record, nowMs);
  const cancellable = beforeMigrate.includes(status) || migrating.includes(status);
  if (!cancellable || course.cancelledUsers.has(user) || nowMs >= course.completeAfterMs) {
    throw conflict(`Cancel is not possible. Current status is ${status}.`);
  }
  book.add(record.job.id, { kind: 'cancelUser', atMs: nowMs, user });
  const message = `Cancellation request for user id: ${user} from batch: ${record.job.id} was accepted.`;
  return { ...cancelAnswer({ status: 'Accepted', message }, scenario), effect: 'cancelUser' };
}

// Two revisions of the page differ in the status and in the wrapper.
function cancelAnswer(body: object, { switches }: Scenario): GraphAnswer {
  return {
    status: switches.cancelAnswersOk ? 200 : 202,
    body: switches.wrapCancelAnswers ? { value: body } : body,
  };
}

/** Graph: update job: only `completeAfterDateTime`, and only until it passes. */
export function update({ book, scenario, record, nowMs }: Target, body: unknown): GraphAnswer {
  const parsed = z
    .strictObject({ completeAfterDateTime: z.iso.datetime({ offset: true }) })
    .safeParse(body);
  if (!parsed.success)
    throw new GraphRefusal(400, 'BadRequest', 'Only completeAfterDateTime can be updated.');
  const { completeAfterDateTime } = parsed.data;
  const { status } = book.step(record, nowMs);
  const changeable =
    (beforeMigrate.includes(status) || migrating.includes(status)) &&
    nowMs < book.course(record).completeAfterMs;
  if (!changeable)
    throw conflict(`The job can't be updated because the current status is ${status}.`);
  if (Date.parse(completeAfterDateTime) <= nowMs && scenario.switches.strictCompleteAfter) {
    const message = 'The value must be later than now.';
    throw new GraphRefusal(422, 'BadArgument', message, [
      { code: 'minThresholdFailed', target: 'completeAfterDateTime', message },
    ]);
  }
  book.add(record.job.id, { kind: 'update', atMs: nowMs, completeAfterDateTime });
  if (!scenario.switches.updateAnswersJob) return { status: 204, effect: 'update' };
  return {
    status: 200,
    body: { '@odata.context': context, ...jobBody(book, scenario, record, nowMs) },
    effect: 'update',
  };
}

/** Graph: delete job, once it has ended. */
export function remove({ book, scenario, record, nowMs }: Target): GraphAnswer {
  const { status } = book.step(record, nowMs);
  if (status === 'pendingDelete') return { status: 202 };
  const deletable = ends.filter(
    (end) => end !== 'completedWithErrors' || scenario.switches.deleteCompletedWithErrors,
  );
  if (!deletable.includes(status)) {
    const message = 'The job must be in Completed, Failed or Cancelled state.';
    throw new GraphRefusal(409, 'Conflict', message, [
      { code: 'resourceTypeMismatch', target: 'status', message },
    ]);
  }
  book.add(record.job.id, { kind: 'delete', atMs: nowMs });
  return { status: 202, effect: 'delete' };
}
