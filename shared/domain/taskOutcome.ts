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
export function validationOutcome(services: readonly ReportedService[]): Extract<Outcome, 'invalid'> | null {
  return services.some(({ status }) => isFailing(status)) ? 'invalid' : null;
}

/**
 * After a validation that is not followed by a migration: `validated` when every workload is valid (the preview wrote
 * `completed`), `cancelled` when somebody cancelled it before it got that far; `failed` when it ended without a verdict.
 */
export function validateOnlyOutcome(
  services: readonly ReportedService[],
): Extract<Outcome, 'validated' | 'invalid' | 'cancelled' | 'failed'> {
  const invalid = validationOutcome(services);
  if (invalid !== null) return invalid;
  const statuses = services.map(({ status }) => status);
  if (statuses.length > 0 && statuses.every((status) => status === 'valid' || status === 'completed')) return 'validated';
  return statuses.includes('cancelled') || statuses.includes('pendingCancel') ? 'cancelled' : 'failed';
}

/**
 * After the job has ended: `succeeded` when every workload is completed, `cancelled` when none did worse than being
 * cancelled, else `failed`. A user without any workload on report is `failed`: nobody has seen it succeed.
 */
export function migrationOutcome(services: readonly ReportedService[]): Extract<Outcome, 'succeeded' | 'failed' | 'cancelled'> {
  const statuses = services.map(({ status }) => status);
  if (statuses.length > 0 && statuses.every((status) => status === 'completed')) return 'succeeded';
  const endedWithoutFault = ['completed', 'cancelled', 'pendingCancel'];
  const cancelled = statuses.includes('cancelled') || statuses.includes('pendingCancel');
  return cancelled && statuses.every((status) => endedWithoutFault.includes(status)) ? 'cancelled' : 'failed';
}

/** A workload entry of our own for a user whom Graph says too little about, so that every failure has a code. */
export function unexplained(code: 'NotReported' | 'NotFinished', services: readonly ServiceStatus[]): ServiceStatus[] {
  const message =
    code === 'NotReported'
      ? 'the job has ended and does not report this user'
      : `the job has ended with ${services.map(({ service, status }) => `${service} ${status}`).join(', ')}`;
  return withJobEntry(services, { status: 'failed', message, errors: [{ code, message }] });
}

/** The workloads, and what there is to say of the job as a whole; an entry that an earlier run left goes. */
export function withJobEntry(services: readonly ServiceStatus[], entry: Omit<ServiceStatus, 'service'>): ServiceStatus[] {
  return [...services.filter(({ service }) => service !== 'Job'), { service: 'Job', ...entry }];
}
