import type { z } from 'zod';
import { type findJobResultSchema, jobAttemptSchema } from '../../shared/contracts/activities.ts';
import type { ActivityServices } from './activityServices.ts';
import { keepJob } from './createJob.ts';
import { intendedJob } from './intendedJob.ts';
import { missingUsers } from './missingUsers.ts';
import { notRead } from './refusal.ts';

/** Graph: get job by `displayName`. The job is adopted only when it holds what this attempt would have asked for. */
export async function findJob(input: unknown, services: ActivityServices): Promise<z.infer<typeof findJobResultSchema>> {
  const attempt = jobAttemptSchema.parse(input);
  const intended = await intendedJob(attempt, services);
  const found = await services.jobs.findJobByName(intended.displayName);
  if (found.kind === 'retryAfter') return { kind: 'retryAfter', seconds: found.seconds };
  if (found.kind !== 'done') return notRead(found);
  const job = found.value;
  if (job.sourceTenantId !== null && job.sourceTenantId.toLowerCase() !== intended.sourceTenantId) {
    return { kind: 'mismatch', reason: `job ${job.id} has the name ${intended.displayName} but another source tenant` };
  }
  // Answers often leave `resources` empty although the job has users: then the users themselves are asked for.
  let members: readonly string[] = job.resources;
  if (members.length === 0) {
    const listed = await services.jobs.listJobTasks(job.id);
    if (listed.kind === 'retryAfter') return { kind: 'retryAfter', seconds: listed.seconds };
    if (listed.kind === 'done') members = listed.value.map(({ id }) => id);
  }
  if (members.length > 0) {
    const known = new Set(members.map((id) => id.toLowerCase()));
    const missing = await missingUsers(job.id, intended.resources.filter((id) => !known.has(id)), services);
    if (missing.kind === 'retryAfter') return missing;
    members = [...members, ...missing.found.map(({ id }) => id)];
  }
  const strangers = members.filter((id) => !intended.resources.includes(id.toLowerCase()));
  if (strangers.length > 0 || (members.length > 0 && members.length !== intended.resources.length)) {
    return {
      kind: 'mismatch',
      reason: `job ${job.id} has the name ${intended.displayName} but ${String(members.length)} users instead of ${String(intended.resources.length)}, ${String(strangers.length)} of them not ours`,
    };
  }
  await keepJob(attempt, job, 'adopted', services);
  return { kind: 'done', jobId: job.id, status: job.status };
}
