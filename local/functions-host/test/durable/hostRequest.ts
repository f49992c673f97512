import type { DurableHttpRequest } from '../../durable/durableHost.ts';

const base = 'http://host/durabletask';

/** A request to a durable host's management API; `path` is what follows its base, `input` is sent as JSON, and not at all when left out. */
export function hostRequest(method: string, path: string, input?: unknown): DurableHttpRequest {
  const url = new URL(`${base}/${path}`);
  return {
    method,
    path: url.pathname.slice('/durabletask/'.length),
    query: url.searchParams,
    headers: { 'content-type': 'application/json' },
    body: input === undefined ? '' : JSON.stringify(input),
    base,
    systemKey: 'key',
  };
}
