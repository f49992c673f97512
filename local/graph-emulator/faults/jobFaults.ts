import { z } from 'zod';
import type { GraphResponse } from '../graphResponse.ts';
import type { JobStore } from '../jobs/jobStore.ts';
import type { JobRecord } from '../jobs/jobRecord.ts';
import { seededFraction } from '../seededRandom.ts';
import type { SelectedFault } from './faultSelector.ts';

const jobSchema = z.looseObject({ id: z.string() });
const bodySchema = z.union([
  jobSchema,
  z.object({ value: jobSchema }).transform(({ value }) => value),
]);

/** Applies a fault that changes the job of a call. Returns false for any other fault. */
export function applyJobFault(
  { fault, seedText }: SelectedFault,
  response: GraphResponse,
  jobs: JobStore,
  nowMs: number,
): boolean {
  const job = bodySchema.safeParse(response.body);
  const record = job.success ? jobs.find(job.data.id) : undefined;
  if (record === undefined) return false;
  const { id } = record.job;
  switch (fault.kind) {
    case 'validationByItself':
      if (jobs.stepAt(record, nowMs).status !== 'submitted') return false;
      jobs.add(id, { kind: 'validate', atMs: nowMs, busy: jobs.busyUsers(record, nowMs) });
      return true;
    case 'mailboxNeverCutsOver':
      jobs.add(id, {
        kind: 'hold',
        atMs: nowMs,
        stuckIn: 'cuttingOver',
        user: randomUser(record, seedText),
        seconds: fault.forSeconds ?? null,
      });
      return true;
    case 'adminActionRequired':
      jobs.add(id, {
        kind: 'hold',
        atMs: nowMs,
        stuckIn: 'adminActionRequired',
        user: null,
        seconds: fault.forSeconds ?? null,
      });
      return true;
    default:
      return false;
  }
}

function randomUser({ job: { resources } }: JobRecord, seedText: string): string | null {
  return resources[Math.floor(seededFraction(`${seedText} mailbox`) * resources.length)] ?? null;
}
