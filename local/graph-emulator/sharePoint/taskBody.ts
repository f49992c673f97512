import type { Scenario } from '../scenario.ts';
import { decreeOn, type SharePointFault, type SharePointScenario } from './sharePointScenario.ts';
import type { TaskBook } from './taskBook.ts';
import type { TaskStatus } from './taskCourse.ts';
import {
  principalNameOf,
  sourceOf,
  type TaskParameters,
  type UserIdentity,
} from './taskParameters.ts';
import type { TaskRecord } from './taskRecord.ts';

export const taskContext =
  'https://graph.microsoft.com/beta/$metadata#solutions/sharePoint/migrations/crossOrganizationMigrationTasks/$entity';

/** A task as Graph shows it; what is not known yet is left out. */
export function taskBody(
  book: TaskBook,
  { sharePoint }: Scenario,
  record: TaskRecord,
  nowMs: number,
): Record<string, unknown> {
  const { task } = record;
  const course = book.course(record);
  const step = book.step(record, nowMs);
  const shown = (atMs: number): string => instant(atMs, sharePoint);
  const startedMs = course.steps.find(
    ({ status, atMs }) => status === 'inProgress' && atMs <= nowMs,
  )?.atMs;
  const heartbeatMs = sharePoint.timings.heartbeat * 1000;
  const isMoving = step.status === 'inProgress' && nowMs > course.silentUntilMs;
  const updatedMs = isMoving
    ? course.silentUntilMs + Math.floor((nowMs - course.silentUntilMs) / heartbeatMs) * heartbeatMs
    : step.atMs;
  const failed =
    step.status === 'failed'
      ? decreeOn(
          sourceOf(task.parameters, sharePoint.directory).names,
          sharePoint,
          (decree) =>
            decree.failed !== undefined && task.ordinal <= (decree.failedTimes ?? Infinity),
        )?.failed
      : undefined;
  return {
    id: task.id,
    status: statusWord(step.status, sharePoint),
    ...(startedMs === undefined ? {} : { startedDateTime: shown(startedMs) }),
    lastUpdatedDateTime: shown(updatedMs),
    ...(book.isOver(record, nowMs) ? { finishedDateTime: shown(step.atMs) } : {}),
    ...(failed === undefined ? {} : errorMember(failed, sharePoint)),
    parameters: shownParameters(task.parameters, sharePoint),
  };
}

/** What validateOnly answers: a task without an id. */
export function validationBody(
  parameters: TaskParameters,
  sharePoint: SharePointScenario,
  fault?: SharePointFault,
): Record<string, unknown> {
  return {
    '@odata.context': taskContext,
    status: statusWord(fault === undefined ? 'completed' : 'failed', sharePoint),
    ...(fault === undefined ? {} : errorMember(fault, sharePoint)),
    parameters: shownParameters(parameters, sharePoint),
  };
}

/** The parameters as they were sent, with the blanks that the service fills in (Graph: create task, example 3). */
function shownParameters(
  parameters: TaskParameters,
  { directory, switches }: SharePointScenario,
): Record<string, unknown> {
  const identity = (given: UserIdentity): UserIdentity => {
    const userPrincipalName = switches.fillInIdentities
      ? principalNameOf(given, directory)
      : undefined;
    return userPrincipalName === undefined ? given : { ...given, userPrincipalName };
  };
  return {
    ...parameters,
    ...(parameters.targetDataLocationCode === null
      ? { targetDataLocationCode: switches.defaultDataLocation }
      : {}),
    ...(parameters['@odata.type'] === '#microsoft.graph.sharePointUserMigrationTaskParameters'
      ? {
          sourceUserIdentity: identity(parameters.sourceUserIdentity),
          targetUserIdentity: identity(parameters.targetUserIdentity),
        }
      : {}),
  };
}

function errorMember(
  { code, message, target }: SharePointFault,
  { switches }: SharePointScenario,
): object {
  const error = { code, message, ...(target === undefined ? {} : { target }) };
  return switches.errorsAsList ? { errors: [error] } : { error };
}

function statusWord(status: TaskStatus, { switches }: SharePointScenario): string {
  return status === 'completed' ? switches.completedSpelling : status;
}

function instant(atMs: number, { switches }: SharePointScenario): string {
  const text = new Date(atMs).toISOString();
  return switches.unpaddedMonths ? text.replace(/-0(\d)-/, '-$1-') : text;
}
