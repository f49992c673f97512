import { holdOf, type JobRecord } from './jobRecord.ts';
import { seededFraction } from '../seededRandom.ts';
import type { ServiceError, Scenario } from '../scenario.ts';
import { type JobMigration, type JobTimeline, type JobStep, stepAt } from './jobTimeline.ts';
import { migrationErrors, validationErrors } from './jobErrors.ts';

interface ServiceStatus {
  readonly service: string;
  readonly status: string;
  readonly message: string;
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}

/** One user of a job as `GET …/users` shows them (Migration Orchestrator: workload status by batch status). */
export interface UserTask {
  readonly id: string;
  readonly lastUpdatedDateTime: string;
  readonly currentStatus: readonly ServiceStatus[];
}

// Not in alphabetic order, so that a client must look services up by name.
const serviceOrder: readonly string[] = ['ODSP', 'Meeting', 'Teams', 'Exchange'];
const userCancelMs = 60_000;

/** Returns the task of a user at an instant. */
export function userTaskAt(
  record: JobRecord,
  scenario: Scenario,
  timeline: JobTimeline,
  user: string,
  nowMs: number,
): UserTask {
  const reached = stepAt(timeline, nowMs);
  // While a job is being deleted, its users keep the status that they had when it ended.
  const step =
    reached.status === 'pendingDelete'
      ? (timeline.steps.findLast(
          ({ status }) => status !== 'pendingDelete' && status !== 'deleted',
        ) ?? reached)
      : reached;
  const services = serviceOrder.filter((service) => record.job.workloads.includes(service));
  return {
    id: user,
    lastUpdatedDateTime: new Date(lastChangeMs(timeline, user, services, step, nowMs))
      .toISOString()
      .replace(/\.\d+Z$/, 'Z'),
    currentStatus: services.map((service) =>
      serviceAt(record, scenario, timeline, user, service, step, nowMs),
    ),
  };
}

function serviceAt(
  record: JobRecord,
  scenario: Scenario,
  timeline: JobTimeline,
  user: string,
  service: string,
  step: JobStep,
  nowMs: number,
): ServiceStatus {
  const { status } = step;
  const cancelledMs = timeline.cancelledUsers.get(user);
  if (cancelledMs !== undefined && cancelledMs <= nowMs)
    return plain(service, nowMs - cancelledMs < userCancelMs ? 'pendingCancel' : 'cancelled');
  const migration = timeline.migrations.at(-1);
  const validation = timeline.validations.at(-1);
  switch (status) {
    case 'submitted':
    case 'validateSubmitted':
    case 'validateProcessing':
    case 'processing':
      return plain(service, 'notStarted');
    case 'validateInProgress':
      return plain(service, 'inProgress');
    case 'validatePassed':
    case 'validateFailed': {
      const errors =
        validation === undefined ? [] : validationErrors(record, scenario, user, validation);
      const { oldValidationStatuses } = scenario.switches;
      return withErrors(
        service,
        errors,
        oldValidationStatuses ? 'failed' : 'invalid',
        oldValidationStatuses ? 'completed' : 'valid',
      );
    }
    case 'pendingCancel':
      return plain(service, 'pendingCancel');
    case 'cancelled':
      return plain(service, 'cancelled');
    case 'inProgress':
    case 'adminActionRequired':
      return migration === undefined
        ? plain(service, 'notStarted')
        : syncing(user, service, migration, nowMs);
    case 'cuttingOver':
      return migration === undefined
        ? plain(service, 'notStarted')
        : cuttingOver(record, scenario, user, service, migration, step.atMs, nowMs);
    default:
      return migration === undefined
        ? plain(service, 'cancelled')
        : withErrors(
            service,
            migrationErrors(record, scenario, user, migration),
            'failed',
            'completed',
          );
  }
}

function syncing(
  user: string,
  service: string,
  migration: JobMigration,
  nowMs: number,
): ServiceStatus {
  // Only mailboxes are copied before the cutover.
  if (service !== 'Exchange') return plain(service, 'synced');
  return plain(service, nowMs >= mailboxSyncedMs(user, migration) ? 'synced' : 'syncing');
}

function cuttingOver(
  record: JobRecord,
  scenario: Scenario,
  user: string,
  service: string,
  migration: JobMigration,
  atMs: number,
  nowMs: number,
): ServiceStatus {
  // The mailbox cuts over first; the other workloads of the user wait for it.
  if (holdOf(record, migration.startMs)?.user === user) return plain(service, 'synced');
  const [startMs, endMs] = ownCutover(user, service, migration, atMs);
  if (nowMs >= endMs)
    return withErrors(
      service,
      migrationErrors(record, scenario, user, migration),
      'failed',
      'completed',
    );
  if (nowMs < startMs) return plain(service, 'synced');
  return plain(service, service === 'Exchange' ? 'finalizing' : 'inProgress');
}

function mailboxSyncedMs(user: string, { inProgressMs, syncedMs }: JobMigration): number {
  return inProgressMs + (syncedMs - inProgressMs) * (0.3 + 0.7 * seededFraction(`${user} sync`));
}

/** Returns when a workload of a user starts and ends within a cutover that began at `atMs`. */
function ownCutover(
  user: string,
  service: string,
  { cutoverMs, endMs }: JobMigration,
  atMs: number,
): readonly [number, number] {
  const lengthMs = (endMs - cutoverMs) * (0.2 + 0.7 * seededFraction(`${user} ${service} cutover`));
  return [atMs + lengthMs / 2, atMs + lengthMs];
}

/** Returns the instant of the latest change to the task of a user. */
function lastChangeMs(
  { migrations, cancelledUsers }: JobTimeline,
  user: string,
  services: readonly string[],
  { status, atMs }: JobStep,
  nowMs: number,
): number {
  const migration = migrations.at(-1);
  const cancelledMs = cancelledUsers.get(user);
  const changes = [atMs];
  if (cancelledMs !== undefined) changes.splice(0, 1, cancelledMs, cancelledMs + userCancelMs);
  else if (migration !== undefined && status === 'inProgress' && services.includes('Exchange'))
    changes.push(mailboxSyncedMs(user, migration));
  else if (migration !== undefined && status === 'cuttingOver')
    changes.push(...services.flatMap((service) => ownCutover(user, service, migration, atMs)));
  return Math.max(...changes.filter((changeMs) => changeMs <= nowMs));
}

function withErrors(
  service: string,
  errors: readonly ServiceError[],
  bad: string,
  good: string,
): ServiceStatus {
  const own = errors.filter(({ workload }) => workload === service);
  if (own.length === 0) return plain(service, good);
  return {
    service,
    status: bad,
    message: own.map(({ message }) => message).join(' '),
    errors: own.map(({ code, message }) => ({ code, message })),
  };
}

function plain(service: string, status: string): ServiceStatus {
  return { service, status, message: '', errors: [] };
}
