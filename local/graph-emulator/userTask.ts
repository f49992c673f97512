import { holdOf, type JobRecord } from './jobRecord.ts';
import { chance } from './random.ts';
import type { Fault, Scenario } from './scenario.ts';
import { type Attempt, type Course, type Step, stepAt } from './timeline.ts';
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
const order: readonly string[] = ['ODSP', 'Meeting', 'Teams', 'Exchange'];
const userCancelMs = 60_000;

/** The user's task at an instant. */
export function userTaskAt(
  record: JobRecord,
  scenario: Scenario,
  course: Course,
  user: string,
  nowMs: number,
): UserTask {
  const reached = stepAt(course, nowMs);
  // While a job is being deleted its users stay as its end left them.
  const step =
    reached.status === 'pendingDelete'
      ? (course.steps.findLast(
          ({ status }) => status !== 'pendingDelete' && status !== 'deleted',
        ) ?? reached)
      : reached;
  const services = order.filter((service) => record.job.workloads.includes(service));
  return {
    id: user,
    lastUpdatedDateTime: new Date(lastChangeMs(course, user, services, step, nowMs))
      .toISOString()
      .replace(/\.\d+Z$/, 'Z'),
    currentStatus: services.map((service) =>
      serviceAt(record, scenario, course, user, service, step, nowMs),
    ),
  };
}

function serviceAt(
  record: JobRecord,
  scenario: Scenario,
  course: Course,
  user: string,
  service: string,
  step: Step,
  nowMs: number,
): ServiceStatus {
  const { status } = step;
  const cancelledMs = course.cancelledUsers.get(user);
  if (cancelledMs !== undefined && cancelledMs <= nowMs)
    return plain(service, nowMs - cancelledMs < userCancelMs ? 'pendingCancel' : 'cancelled');
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
      const faults =
        validation === undefined
          ? []
          : validationFaults(record, scenario, user, validation.round, validation.busy);
      const { oldValidationWords } = scenario.switches;
      return withFaults(
        service,
        faults,
        oldValidationWords ? 'failed' : 'invalid',
        oldValidationWords ? 'completed' : 'valid',
      );
    }
    case 'pendingCancel':
      return plain(service, 'pendingCancel');
    case 'cancelled':
      return plain(service, 'cancelled');
    case 'inProgress':
    case 'adminActionRequired':
      return attempt === undefined
        ? plain(service, 'notStarted')
        : syncing(user, service, attempt, nowMs);
    case 'cuttingOver':
      return attempt === undefined
        ? plain(service, 'notStarted')
        : cuttingOver(record, scenario, user, service, attempt, step.atMs, nowMs);
    default:
      return attempt === undefined
        ? plain(service, 'cancelled')
        : withFaults(
            service,
            migrationFaults(record, scenario, user, attempt.round),
            'failed',
            'completed',
          );
  }
}

function syncing(user: string, service: string, attempt: Attempt, nowMs: number): ServiceStatus {
  // Only mailboxes are copied ahead; the other workloads wait for the cutover.
  if (service !== 'Exchange') return plain(service, 'synced');
  return plain(service, nowMs >= mailboxSyncedMs(user, attempt) ? 'synced' : 'syncing');
}

function cuttingOver(
  record: JobRecord,
  scenario: Scenario,
  user: string,
  service: string,
  attempt: Attempt,
  atMs: number,
  nowMs: number,
): ServiceStatus {
  // Mailboxes cut over first; the other workloads of the user wait for them.
  if (holdOf(record, attempt.startMs)?.user === user) return plain(service, 'synced');
  const [startMs, endMs] = ownCutover(user, service, attempt, atMs);
  if (nowMs >= endMs)
    return withFaults(
      service,
      migrationFaults(record, scenario, user, attempt.round),
      'failed',
      'completed',
    );
  if (nowMs < startMs) return plain(service, 'synced');
  return plain(service, service === 'Exchange' ? 'finalizing' : 'inProgress');
}

function mailboxSyncedMs(user: string, { inProgressMs, syncedMs }: Attempt): number {
  return inProgressMs + (syncedMs - inProgressMs) * (0.3 + 0.7 * chance(`${user} sync`));
}

/** When a workload of a user starts and ends within a cutover that began at `atMs`. */
function ownCutover(
  user: string,
  service: string,
  { cutoverMs, endMs }: Attempt,
  atMs: number,
): readonly [number, number] {
  const lengthMs = (endMs - cutoverMs) * (0.2 + 0.7 * chance(`${user} ${service} cutover`));
  return [atMs + lengthMs / 2, atMs + lengthMs];
}

/** The latest instant at which something of the user's task changed. */
function lastChangeMs(
  { attempts, cancelledUsers }: Course,
  user: string,
  services: readonly string[],
  { status, atMs }: Step,
  nowMs: number,
): number {
  const attempt = attempts.at(-1);
  const cancelledMs = cancelledUsers.get(user);
  const changes = [atMs];
  if (cancelledMs !== undefined) changes.splice(0, 1, cancelledMs, cancelledMs + userCancelMs);
  else if (attempt !== undefined && status === 'inProgress' && services.includes('Exchange'))
    changes.push(mailboxSyncedMs(user, attempt));
  else if (attempt !== undefined && status === 'cuttingOver')
    changes.push(...services.flatMap((service) => ownCutover(user, service, attempt, atMs)));
  return Math.max(...changes.filter((changeMs) => changeMs <= nowMs));
}

function withFaults(
  service: string,
  faults: readonly Fault[],
  bad: string,
  good: string,
): ServiceStatus {
  const own = faults.filter(({ workload }) => workload === service);
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
