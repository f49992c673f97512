import { z } from 'zod';
import type { Interference } from '../../local/graph-emulator/index.ts';

const bodySchema = z.record(z.string(), z.unknown());

/** Changes the bodies of what is answered to a GET of a single job, by its id or by its name. */
export function changedJobs(
  change: (job: Record<string, unknown>) => Record<string, unknown>,
): Interference {
  return {
    after: async (request, response) => {
      const isJob = /crossTenantMigrationJobs(?:\/[^/]+|\(.*\))$/i.test(
        new URL(request.url).pathname,
      );
      if (request.method !== 'GET' || response.status !== 200 || !isJob) return undefined;
      const { headers } = response;
      return Response.json(change(bodySchema.parse(await response.json())), { headers });
    },
  };
}

/** Answers in the emulator's place, `times` times, where `matches` says so. */
export function instead(
  times: number,
  matches: (request: Request) => boolean,
  answer: () => Response,
): Interference {
  let remaining = times;
  return {
    before: (request) => {
      if (remaining === 0 || !matches(request)) return Promise.resolve(undefined);
      remaining -= 1;
      return Promise.resolve(answer());
    },
  };
}

/** True for a request of this method whose path ends so. */
export const asks =
  (method: string, end: string) =>
  (request: Request): boolean =>
    request.method === method && new URL(request.url).pathname.endsWith(end);
