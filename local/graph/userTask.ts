import { chance } from './draw.ts';
import type { JobRecord } from './jobRecord.ts';
import type { Fault, Scenario } from './scenario.ts';
import { type Attempt, type Course, stepAt } from './timeline.ts';
import { migrationFaults, validationFaults } from './verdict.ts';

interface ServiceStatus {
  readonly service: string;
  readonly status: string;
  readonly message: string;
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}

/** What a job's `users` shows of one user at an instant (Migration Orchestrator: workload status by batch status). */
export interface UserTask {
  readonly id: string;
  readonly lastUpdatedDateTime: string;
  readonly currentStatus: readonly ServiceStatus[];
}

// Not alphabetic on purpose: clients must go by the name.
const order = ['ODSP', 'Meeting', 'Teams', 'Exchange'];

/** The user's task at an instant. */
export function userTaskAt(record: JobRecord, scenario: Scenario, course: Course, user: string, nowMs: number): UserTask {
  const { status, atMs } = stepAt(course, nowMs);
  const services = order.filter((service) => record.job.workloads.includes(service));
  return {
    id: user,
    lastUpdatedDateTime: new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z'),
    currentStatus: services.map((service) => serviceAt(record, scenario, course, user, service, status, nowMs)),
  };
}

function serviceAt(record: JobRecord, scenario: Scenario, course: Course, user: string, service: string, status: string, nowMs: number): ServiceStatus {
  const cancelledMs = course.cancelledUsers.get(user);
  if (cancelledMs !== undefined && cancelledMs <= nowMs) return plain(service, nowMs - cancelledMs < 60_000 ? 'pendingCancel' : 'cancelled');
  const attempt = course.attempts.at(-1);
  const validation = course.validations.at(-1);
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
      const faults = validation === undefined ? [] : validationFaults(record, scenario, user, validation.round, validation.busy);
      return withFaults(service, faults, 'invalid', 'valid');
    }
    case 'pendingCancel':
      return plain(service, 'pendingCancel');
    case 'cancelled':
      return plain(service, 'cancelled');
    case 'inProgress':
    case 'adminActionRequired':
      return attempt === undefined ? plain(service, 'notStarted') : syncing(user, service, attempt, nowMs);
    case 'cuttingOver':
      return attempt === undefined ? plain(service, 'notStarted') : cuttingOver(record, scenario, user, service, attempt, nowMs);
    default:
      return attempt === undefined ? plain(service, 'cancelled') : withFaults(service, migrationFaults(record, scenario, user, attempt.round), 'failed', 'completed');
  }
}

function syncing(user: string, service: string, { inProgressMs, syncedMs }: Attempt, nowMs: number): ServiceStatus {
  // Only mailboxes are copied ahead; the other workloads wait for the cutover.
  if (service !== 'Exchange') return plain(service, 'synced');
  return plain(service, nowMs >= inProgressMs + (syncedMs - inProgressMs) * (0.3 + 0.7 * chance(`${user} sync`)) ? 'synced' : 'syncing');
}

function cuttingOver(record: JobRecord, scenario: Scenario, user: string, service: string, { round, cutoverMs, endMs }: Attempt, nowMs: number): ServiceStatus {
  const part = (nowMs - cutoverMs) / (endMs - cutoverMs);
  const own = 0.2 + 0.7 * chance(`${user} ${service} cutover`);
  if (part >= own) return withFaults(service, migrationFaults(record, scenario, user, round), 'failed', 'completed');
  if (part < own / 2) return plain(service, 'synced');
  return plain(service, service === 'Exchange' ? 'finalizing' : 'inProgress');
}

function withFaults(service: string, faults: readonly Fault[], bad: string, good: string): ServiceStatus {
  const own = faults.filter(({ workload }) => workload === service);
  if (own.length === 0) return plain(service, good);
  return { service, status: bad, message: own.map(({ message }) => message).join(' '), errors: own.map(({ code, message }) => ({ code, message })) };
}

function plain(service: string, status: string): ServiceStatus {
  return { service, status, message: '', errors: [] };
}
