import { z } from 'zod';
import { targetTenantId } from '../../../local/stack/stackProcesses.ts';
import { createJobClient, type JobTask } from '../../../shared/graph/jobs.ts';
import { DevelopmentCredential } from '../../../shared/graph/tenant.ts';

const jobSchema = z.object({
  id: z.string(),
  displayName: z.string(),
  status: z.string(),
  completeAfterDateTime: z.string(),
  resources: z.array(z.string()),
  createdDateTime: z.string(),
});
const loggedSchema = z.object({
  at: z.string(),
  method: z.string(),
  path: z.string(),
  status: z.int(),
  effect: z.string().nullable(),
  operation: z.string(),
});
const moveSchema = z.object({
  id: z.string(),
  status: z.string(),
  parameters: z.object({ sourceSiteUrl: z.string() }),
});

/** What Graph did: every job with where its users have ended, every SharePoint task, every call. */
export interface EmulatorRecord {
  /** Oldest first. */
  readonly jobs: readonly (z.infer<typeof jobSchema> & { readonly users: readonly JobTask[] })[];
  readonly moves: readonly z.infer<typeof moveSchema>[];
  /** Oldest first, without what this record itself has asked. */
  readonly log: readonly z.infer<typeof loggedSchema>[];
}

/** Asks the emulator of a stack. */
export async function readEmulator(graphUrl: string): Promise<EmulatorRecord> {
  const ask = async <T>(name: string, schema: z.ZodType<T>): Promise<T[]> =>
    z
      .object({ value: z.array(schema) })
      .parse(await (await fetch(`${graphUrl}/_emulator/${name}`)).json()).value;
  const log = await ask('log', loggedSchema);
  const credential = new DevelopmentCredential(
    `${graphUrl}/${targetTenantId}/oauth2/v2.0/token`,
    'cccccccc-0000-4000-8000-000000000001',
  );
  const client = createJobClient({
    config: { graph: { baseUrl: graphUrl, jobsVersion: 'v1.0' } },
    credential,
  });
  const jobs = [];
  for (const job of (await ask('jobs', jobSchema)).reverse()) {
    const users = await client.listJobTasks(job.id);
    if (users.kind !== 'done')
      throw new Error(`the emulator does not list the users of job ${job.id}: ${users.kind}`);
    jobs.push({ ...job, users: users.value });
  }
  return { jobs, moves: (await ask('sharePointTasks', moveSchema)).reverse(), log };
}
