import type { Scenario, ServiceError } from '../scenario.ts';
import type { CreatedJob, JobRecord } from './jobRecord.ts';

const busyError: ServiceError = {
  workload: 'Exchange',
  code: 'CTM-002',
  message: 'The user is already part of another active batch.',
};
const meetingError: ServiceError = {
  workload: 'Meeting',
  code: 'MMS-001',
  message: 'Meeting requires Teams and Exchange in the same batch.',
};

/** The nth validation or migration of a job, counted from 1. */
interface Validation {
  readonly ordinal: number;
  /** The users who were in another active job when the validation started. */
  readonly busy: readonly string[];
}
interface Migration {
  readonly ordinal: number;
  readonly cutoverMs: number;
}

/** Returns the errors that a validation finds for a user; an empty list when the user is valid. */
export function validationErrors(
  { job }: JobRecord,
  scenario: Scenario,
  user: string,
  { ordinal, busy }: Validation,
): readonly ServiceError[] {
  const errors: ServiceError[] = [];
  const rule = scenario.users.find(({ id }) => id === user);
  if (rule?.invalid !== undefined && ordinal <= (rule.invalidTimes ?? Infinity))
    errors.push(...rule.invalid);
  if (busy.includes(user)) errors.push(busyError);
  if (
    job.workloads.includes('Meeting') &&
    !(job.workloads.includes('Teams') && job.workloads.includes('Exchange'))
  )
    errors.push(meetingError);
  const first = job.workloads[0] ?? 'Exchange';
  // The error of a workload that is not in the job is shown at a workload that is.
  return errors.map((error) =>
    job.workloads.includes(error.workload) ? error : { ...error, workload: workloadNamed(first) },
  );
}

/** Returns the errors of a user in a migration, for the workloads of the job. */
export function migrationErrors(
  { job }: JobRecord,
  scenario: Scenario,
  user: string,
  { ordinal }: Pick<Migration, 'ordinal'>,
): readonly ServiceError[] {
  if (failsAsWhole(job, scenario))
    return job.workloads.map((workload) => ({
      workload: workloadNamed(workload),
      code: 'CTM-103',
      message: 'The service had an internal error.',
    }));
  const rule = scenario.users.find(({ id }) => id === user);
  if (rule?.failed === undefined || ordinal > (rule.failedTimes ?? Infinity)) return [];
  return rule.failed.filter(({ workload }) => job.workloads.includes(workload));
}

/** Returns the status in which a migration ends, computed from the results of its users. */
export function finalStatus(
  record: JobRecord,
  scenario: Scenario,
  {
    users,
    cancelledUsers,
  }: {
    readonly users: readonly string[];
    readonly cancelledUsers: ReadonlyMap<string, number>;
  },
  migration: Migration,
): string {
  const remaining = users.filter(
    (user) => (cancelledUsers.get(user) ?? Infinity) > migration.cutoverMs,
  );
  if (remaining.length === 0) return 'cancelled';
  const failed = remaining.filter(
    (user) => migrationErrors(record, scenario, user, migration).length > 0,
  );
  if (failed.length === 0) return 'completed';
  return failed.length === remaining.length ? 'failed' : 'completedWithErrors';
}

function failsAsWhole(job: CreatedJob, scenario: Scenario): boolean {
  return scenario.jobs.some(
    ({ displayName, user, fails }) =>
      fails &&
      ((displayName !== undefined && new RegExp(displayName).test(job.displayName)) ||
        (user !== undefined && job.resources.includes(user))),
  );
}

function workloadNamed(name: string): ServiceError['workload'] {
  return name === 'Teams' || name === 'Exchange' || name === 'ODSP' ? name : 'Meeting';
}
