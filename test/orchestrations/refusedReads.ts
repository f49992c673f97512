import type { World } from './world.ts';

export const hour = 3_600_000;
export const day = 24 * hour;

/** A read of Graph that can be refused. */
export type Read = 'get job' | 'list users' | 'get user' | 'find job';

/** The read that a request is; undefined for any other request. */
export const readOf = ({ method, url }: Request): Read | undefined => {
  if (method !== 'GET') return undefined;
  const path = decodeURIComponent(new URL(url).pathname);
  if (path.includes("crossTenantMigrationJobs(displayName='")) return 'find job';
  if (/crossTenantMigrationJobs\/[0-9a-f-]{36}$/.test(path)) return 'get job';
  if (/\/users\/[0-9a-f-]{36}$/.test(path)) return 'get user';
  return path.endsWith('/users') ? 'list users' : undefined;
};

/** An answer of a status, with a Graph error that names a person. */
export const refusal =
  (status: number, headers: Record<string, string> = {}) =>
  (): Response =>
    Response.json(
      { error: { code: `code${String(status)}`, message: 'lee@contoso.com may not see it' } },
      { status, headers: { 'request-id': 'req-7', ...headers } },
    );

/** How Graph may refuse a read, by classes of answers. */
export const refusals: Readonly<Record<string, () => Response>> = {
  400: refusal(400),
  401: refusal(401),
  403: refusal(403),
  404: refusal(404),
  408: refusal(408),
  409: refusal(409),
  410: refusal(410),
  423: refusal(423),
  425: refusal(425),
  '429 with Retry-After': refusal(429, { 'retry-after': '600' }),
  500: refusal(500),
  503: refusal(503),
  302: refusal(302, { location: 'https://example.invalid/' }),
  'a body of another shape': () =>
    Response.json({ nothing: 'of a job' }, { headers: { 'request-id': 'req-7' } }),
  'a body that is no JSON': () =>
    new Response('<html>busy</html>', { headers: { 'request-id': 'req-7' } }),
  'a reset': () => {
    throw new Error('the connection was reset');
  },
};

/** How long: a single answer, or until so many milliseconds after the first one. */
export const durations: Readonly<Record<string, number>> = {
  once: 0,
  'for an hour': hour,
  'for a day': 25 * hour,
  'for eight days': 8 * day,
};

/** Refuses a read from an instant on, for a while. */
export function refusing(
  world: () => World,
  reads: readonly Read[],
  answer: () => Response,
  fromMs: number,
  forMs: number,
): { readonly before: (request: Request) => Promise<Response | undefined> } {
  let firstMs: number | undefined;
  return {
    before: (request) => {
      const read = readOf(request);
      const nowMs = world().clock.now();
      if (read === undefined || !reads.includes(read) || nowMs < fromMs)
        return Promise.resolve(undefined);
      const isFirst = firstMs === undefined;
      firstMs ??= nowMs;
      if (!isFirst && nowMs >= firstMs + forMs) return Promise.resolve(undefined);
      return Promise.resolve().then(answer);
    },
  };
}
