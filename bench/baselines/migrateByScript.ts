import { z } from 'zod';
import type { ScriptAnswer, ScriptClient } from './scriptClient.ts';

const jobSchema = z.looseObject({ id: z.string(), status: z.string() });
const pageSchema = z.looseObject({
  value: z.array(z.unknown()),
  '@odata.nextLink': z.string().optional(),
});
const ended: readonly string[] = ['completed', 'completedWithErrors', 'failed', 'cancelled'];

/** One job of a script. */
export interface ScriptJob {
  readonly displayName: string;
  readonly users: readonly string[];
  readonly sourceTenantId: string;
  /** ISO 8601; asked for when the job is created. */
  readonly completeAfterDateTime: () => string;
}

export interface ScriptOptions {
  readonly client: ScriptClient;
  readonly sleep: (seconds: number) => Promise<void>;
  /** Between two looks at a job. */
  readonly pollSeconds: number;
  /** After a refusal for load, whatever Graph asks for. */
  readonly retrySeconds: number;
}

/** Takes one job from creation to its end, as a loop in a shell does; returns the last status. */
export async function migrateByScript(
  job: ScriptJob,
  { client, sleep, pollSeconds, retrySeconds }: ScriptOptions,
): Promise<string> {
  const call = async (method: string, path: string, body?: object): Promise<ScriptAnswer> => {
    for (;;) {
      const answer = await client.call(method, path, body);
      if (answer.status < 400) return answer;
      if (answer.status !== 429)
        throw new Error(
          `${method} ${path} was answered ${String(answer.status)}: ${JSON.stringify(answer.body)}`,
        );
      await sleep(retrySeconds);
    }
  };
  const until = async (path: string, isReached: (status: string) => boolean): Promise<string> => {
    for (;;) {
      const { status } = jobSchema.parse((await call('GET', path)).body);
      if (isReached(status)) return status;
      await sleep(pollSeconds);
    }
  };
  const created = await call('POST', '', {
    displayName: job.displayName,
    sourceTenantId: job.sourceTenantId,
    completeAfterDateTime: job.completeAfterDateTime(),
    resourceType: 'Users',
    workloads: ['Teams', 'Exchange', 'ODSP', 'Meeting'],
    exchangeSettings: { sourceEndpoint: 'xt', targetDeliveryDomain: 'fabrikam.onmicrosoft.com' },
    resources: [...job.users],
  });
  const path = `/${jobSchema.parse(created.body).id}`;
  await call('POST', `${path}/validate`);
  await until(path, (status) => status === 'validatePassed' || status === 'validateFailed');
  await call('POST', `${path}/migrate`);
  const status = await until(path, (now) => ended.includes(now));
  let next: string | undefined = `${path}/users`;
  while (next !== undefined)
    next = pageSchema.parse((await call('GET', next)).body)['@odata.nextLink'];
  return status;
}

/** Takes jobs from a list, `width` at a time: 1 is the sequential script. */
export async function migrateAllByScript(
  jobs: readonly ScriptJob[],
  width: number,
  options: ScriptOptions,
): Promise<void> {
  const work = jobs.values();
  const run = async (): Promise<void> => {
    for (const job of work) await migrateByScript(job, options);
  };
  await Promise.all(Array.from({ length: width }, run));
}
