import type { Outcome } from '../contracts/outcome.ts';
import type { ServiceStatus } from '../contracts/task.ts';
import { isFailing } from './failedServices.ts';

/** What a job reports of one workload of one user. */
export interface ReportedService {
  readonly service: string;
  readonly status: string;
  readonly message: string;
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}

/** Our record of the reported workloads: in a fixed order. */
export function serviceStatuses(reported: readonly ReportedService[]): ServiceStatus[] {
  return reported
    .map(({ service, status, message, errors }) => ({
      service,
      status,
      message,
      errors: errors.map((error) => ({ code: error.code, message: error.message })),
    }))
    .sort((a, b) => (a.service < b.service ? -1 : 1));
}

/** After validation: `invalid` when any workload is (the preview wrote `failed`), else none yet. */
export function validationOutcome(
  services: readonly ReportedService[],
): Extract<Outcome, 'invalid'> | null {
  return services.some(({ status }) => isFailing(status)) ? 'invalid' : null;
}

/**
 * After a validation that is not followed by a migration: `validated` when every workload is valid (the preview wrote
 * `completed`), `cancelled` when it was cancelled before it got that far; `unknown` when Graph says none of it.
 * @param jobStatus the status of the job
 */
export function validateOnlyOutcome(
  services: readonly ReportedService[],
  jobStatus: string | null,
): Extract<Outcome, 'validated' | 'invalid' | 'cancelled' | 'failed' | 'unknown'> {
  const invalid = validationOutcome(services);
  if (invalid !== null) return invalid;
  const statuses = services.map(({ status }) => status);
  if (
    statuses.length > 0 &&
    statuses.every((status) => status === 'valid' || status === 'completed')
  )
    return 'validated';
  if (statuses.includes('cancelled') || statuses.includes('pendingCancel')) return 'cancelled';
  return jobOutcome(jobStatus);
}

/**
 * After the job has ended: `succeeded` when every workload is completed, `failed` when one has failed, `cancelled` when none did worse than being
 * cancelled. Where workloads have not come to their end, the job's status says it: `failed` and `cancelled` hold for them, else it is `unknown`.
 * @param jobStatus the status with which the job has ended; null where it is not known
 */
export function migrationOutcome(
  services: readonly ReportedService[],
  jobStatus: string | null,
): Extract<Outcome, 'succeeded' | 'failed' | 'cancelled' | 'unknown'> {
  const statuses = services.map(({ status }) => status);
  if (statuses.length > 0 && statuses.every((status) => status === 'completed')) return 'succeeded';
  if (statuses.some(isFailing)) return 'failed';
  const endedWithoutFault = ['completed', 'cancelled', 'pendingCancel'];
  const cancelled = statuses.includes('cancelled') || statuses.includes('pendingCancel');
  return cancelled && statuses.every((status) => endedWithoutFault.includes(status))
    ? 'cancelled'
    : jobOutcome(jobStatus);
}

/** What the end of a job says of a user of whom it says nothing better. */
function jobOutcome(
  jobStatus: string | null,
): Extract<Outcome, 'failed' | 'cancelled' | 'unknown'> {
  if (jobStatus === 'failed') return 'failed';
  return jobStatus === 'cancelled' || jobStatus === 'pendingCancel' ? 'cancelled' : 'unknown';
}

/** A workload entry of our own for a user whom Graph says too little about, so that every failure and everything unknown has a code. */
export function unexplained(
  code: 'NotReported' | 'NotFinished',
  outcome: Extract<Outcome, 'failed' | 'unknown'>,
  services: readonly ServiceStatus[],
): ServiceStatus[] {
  const message =
    code === 'NotReported'
      ? 'the job has ended and does not report this user'
      : `the job has ended with ${services.map(({ service, status }) => `${service} ${status}`).join(', ')}`;
  return withJobEntry(services, {
    status: outcome === 'failed' ? 'failed' : 'outOfSight',
    message,
    errors: [{ code, message }],
  });
}

/** The workloads, and what there is to say of the job as a whole; an entry that an earlier run left goes. */
export function withJobEntry(
  services: readonly ServiceStatus[],
  entry: Omit<ServiceStatus, 'service'>,
): ServiceStatus[] {
  return [...services.filter(({ service }) => service !== 'Job'), { service: 'Job', ...entry }];
}
