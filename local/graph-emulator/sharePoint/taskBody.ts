import type { Scenario } from '../scenario.ts';
import { findSourceRule, type SharePointScenario, type TaskError } from './sharePointScenario.ts';
import type { TaskStore } from './taskStore.ts';
import type { TaskStatus } from './taskTimeline.ts';
import {
  principalNameOf,
  sourceOf,
  type TaskParameters,
  type UserIdentity,
} from './taskParameters.ts';
import type { TaskRecord } from './taskRecord.ts';

export const taskContext =
  'https://graph.microsoft.com/beta/$metadata#solutions/sharePoint/migrations/crossOrganizationMigrationTasks/$entity';

/** Returns a task as Graph shows it. Members that have no value yet are omitted. */
export function taskBody(
  tasks: TaskStore,
  { sharePoint }: Scenario,
  record: TaskRecord,
  nowMs: number,
): Record<string, unknown> {
  const { task } = record;
  const timeline = tasks.timeline(record);
  const step = tasks.stepAt(record, nowMs);
  const toInstant = (atMs: number): string => instant(atMs, sharePoint);
  const startedMs = timeline.steps.find(
    ({ status, atMs }) => status === 'inProgress' && atMs <= nowMs,
  )?.atMs;
  const heartbeatMs = sharePoint.timings.heartbeat * 1000;
  const isRunning = step.status === 'inProgress' && nowMs > timeline.silentUntilMs;
  const updatedMs = isRunning
    ? timeline.silentUntilMs +
      Math.floor((nowMs - timeline.silentUntilMs) / heartbeatMs) * heartbeatMs
    : step.atMs;
  const failed =
    step.status === 'failed'
      ? findSourceRule(
          sourceOf(task.parameters, sharePoint.directory).names,
          sharePoint,
          (rule) => rule.failed !== undefined && task.ordinal <= (rule.failedTimes ?? Infinity),
        )?.failed
      : undefined;
  return {
    id: task.id,
    status: spelledStatus(step.status, sharePoint),
    ...(startedMs === undefined ? {} : { startedDateTime: toInstant(startedMs) }),
    lastUpdatedDateTime: toInstant(updatedMs),
    ...(tasks.hasEnded(record, nowMs) ? { finishedDateTime: toInstant(step.atMs) } : {}),
    ...(failed === undefined ? {} : errorMember(failed, sharePoint)),
    parameters: shownParameters(task.parameters, sharePoint),
  };
}

/** Returns the response to a create with `validateOnly`: a task without an id. */
export function validationBody(
  parameters: TaskParameters,
  sharePoint: SharePointScenario,
  error?: TaskError,
): Record<string, unknown> {
  return {
    '@odata.context': taskContext,
    status: spelledStatus(error === undefined ? 'completed' : 'failed', sharePoint),
    ...(error === undefined ? {} : errorMember(error, sharePoint)),
    parameters: shownParameters(parameters, sharePoint),
  };
}

/** Returns the parameters as they were sent, with the values that the service fills in (Graph: create task, example 3). */
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
  { code, message, target }: TaskError,
  { switches }: SharePointScenario,
): object {
  const error = { code, message, ...(target === undefined ? {} : { target }) };
  return switches.errorsAsList ? { errors: [error] } : { error };
}

function spelledStatus(status: TaskStatus, { switches }: SharePointScenario): string {
  return status === 'completed' ? switches.completedSpelling : status;
}

function instant(atMs: number, { switches }: SharePointScenario): string {
  const text = new Date(atMs).toISOString();
  return switches.unpaddedMonths ? text.replace(/-0(\d)-/, '-$1-') : text;
}
