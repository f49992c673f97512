import type { JobRecord } from './jobRecord.ts';
import type { Fault, Scenario } from './scenario.ts';
import type { Attempt } from './timeline.ts';

const busyFault: Fault = {
  workload: 'Exchange',
  code: 'CTM-002',
  message: 'The user is already part of another active batch.',
};
const meetingFault: Fault = {
  workload: 'Meeting',
  code: 'MMS-001',
  message: 'Meeting requires Teams and Exchange in the same batch.',
};

/** What a validation finds wrong with a user; an empty list when the user is valid. */
export function validationFaults(
  { job }: JobRecord,
  scenario: Scenario,
  user: string,
  round: number,
  busy: readonly string[],
): readonly Fault[] {
  const faults: Fault[] = [];
  const decree = scenario.users.find(({ id }) => id === user);
  if (decree?.invalid !== undefined && round <= (decree.invalidRounds ?? Infinity))
    faults.push(...decree.invalid);
  if (busy.includes(user)) faults.push(busyFault);
  if (
    job.workloads.includes('Meeting') &&
    !(job.workloads.includes('Teams') && job.workloads.includes('Exchange'))
  )
    faults.push(meetingFault);
  const first = job.workloads[0] ?? 'Exchange';
  // A fault of a workload that is not in the job shows at one that is.
  return faults.map((fault) =>
    job.workloads.includes(fault.workload) ? fault : { ...fault, workload: workloadNamed(first) },
  );
}

/** True when a validation finds anybody invalid. */
export function isValidationFailed(
  record: JobRecord,
  scenario: Scenario,
  users: readonly string[],
  round: number,
  busy: readonly string[],
): boolean {
  return users.some((user) => validationFaults(record, scenario, user, round, busy).length > 0);
}

/** What goes wrong with a user in a migration attempt, among the workloads of the job. */
export function migrationFaults(
  { job }: JobRecord,
  scenario: Scenario,
  user: string,
  round: number,
): readonly Fault[] {
  if (failsWhole({ job, events: [] }, scenario))
    return job.workloads.map((workload) => ({
      workload: workloadNamed(workload),
      code: 'CTM-103',
      message: 'The service had an internal error.',
    }));
  const decree = scenario.users.find(({ id }) => id === user);
  if (decree?.failed === undefined || round > (decree.failedRounds ?? Infinity)) return [];
  return decree.failed.filter(({ workload }) => job.workloads.includes(workload));
}

/** The status that an attempt ends with: what its users come to, taken together. */
export function jobOutcome(
  record: JobRecord,
  scenario: Scenario,
  {
    users,
    cancelledUsers,
  }: {
    readonly users: readonly string[];
    readonly cancelledUsers: ReadonlyMap<string, number>;
    readonly attempts: readonly Attempt[];
  },
  { round, cutoverMs }: Attempt,
): string {
  const taking = users.filter((user) => (cancelledUsers.get(user) ?? Infinity) > cutoverMs);
  if (taking.length === 0) return 'cancelled';
  const failed = taking.filter((user) => migrationFaults(record, scenario, user, round).length > 0);
  if (failed.length === 0) return 'completed';
  return failed.length === taking.length ? 'failed' : 'completedWithErrors';
}

function failsWhole({ job }: JobRecord, scenario: Scenario): boolean {
  return scenario.jobs.some(
    ({ displayName, user, fails }) =>
      fails &&
      ((displayName !== undefined && new RegExp(displayName).test(job.displayName)) ||
        (user !== undefined && job.resources.includes(user))),
  );
}

function workloadNamed(name: string): Fault['workload'] {
  return name === 'Teams' || name === 'Exchange' || name === 'ODSP' ? name : 'Meeting';
}
