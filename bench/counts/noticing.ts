import { z } from 'zod';
import type { Interference } from '../../local/graph-emulator/index.ts';

const jobSchema = z.looseObject({
  id: z.string(),
  status: z.string(),
  lastUpdatedDateTime: z.string(),
});

/** A change of a job's status, seen by whoever read the job. */
export interface Notice {
  readonly changedAtMs: number;
  readonly delayMs: number;
}

/** Looks at every answer that shows a job: counts the calls, and notes how long each new status has been there by then. */
export function noticing(): {
  readonly interference: Interference;
  readonly notices: readonly Notice[];
  readonly calls: () => number;
} {
  const notices: Notice[] = [];
  const known = new Map<string, string>();
  let calls = 0;
  return {
    notices,
    calls: () => calls,
    interference: {
      after: async (request, response) => {
        const { pathname } = new URL(request.url);
        if (!/\/crossTenantMigrationJobs(\/|$|\()/i.test(pathname)) return undefined;
        calls += 1;
        if (
          !/\/crossTenantMigrationJobs\/[0-9a-f-]{36}$/i.test(pathname) ||
          request.method !== 'GET'
        )
          return undefined;
        const job = jobSchema.safeParse(await response.clone().json());
        if (!job.success) return undefined;
        const { id, status, lastUpdatedDateTime } = job.data;
        if (known.get(id) !== status) {
          known.set(id, status);
          const changedAtMs = Date.parse(lastUpdatedDateTime);
          notices.push({
            changedAtMs,
            delayMs: Date.parse(response.headers.get('date') ?? '') - changedAtMs,
          });
        }
        return undefined;
      },
    },
  };
}
