import type { DurableHttpRequest, DurableHttpResponse } from './durableHost.ts';
import type { Instance } from './instance.ts';
import { statusBody } from './statusBody.ts';

const tokenHeader = 'x-ms-continuation-token';

/** The instances that a query's filters let through: status, creation time, id prefix. */
export function* matchingInstances(
  instances: Iterable<Instance>,
  query: URLSearchParams,
): Generator<Instance> {
  const statuses = (query.get('runtimeStatus') ?? '')
    .split(',')
    .map((status) => status.trim().toLowerCase())
    .filter((status) => status !== '');
  const fromMs = Date.parse(query.get('createdTimeFrom') ?? '');
  const toMs = Date.parse(query.get('createdTimeTo') ?? '');
  const prefix = query.get('instanceIdPrefix') ?? '';
  for (const instance of instances) {
    if (statuses.length > 0 && !statuses.includes(instance.status.toLowerCase())) continue;
    if (instance.createdAtMs < fromMs || instance.createdAtMs > toMs) continue;
    if (!instance.instanceId.startsWith(prefix)) continue;
    yield instance;
  }
}

/** One page of statuses, by instance id; the token of the next page travels in a header. */
export function listInstances(
  instances: Iterable<Instance>,
  { query, headers }: DurableHttpRequest,
): DurableHttpResponse {
  const found = [...matchingInstances(instances, query)].sort((a, b) =>
    a.instanceId < b.instanceId ? -1 : 1,
  );
  const after = headers[tokenHeader];
  const position =
    after === undefined || after === ''
      ? undefined
      : Buffer.from(after, 'base64url').toString('utf8');
  const left =
    position === undefined ? found : found.filter(({ instanceId }) => instanceId > position);
  const asked = Number(query.get('top') ?? 0);
  const top = Number.isInteger(asked) && asked > 0 ? asked : 100;
  const page = left.slice(0, top);
  const last = page.at(-1);
  const options = {
    showInput: query.get('showInput')?.toLowerCase() !== 'false',
    showHistory: false,
    showHistoryOutput: false,
  };
  return {
    status: 200,
    headers: {
      'content-type': 'application/json',
      ...(left.length > top && last !== undefined
        ? { [tokenHeader]: Buffer.from(last.instanceId).toString('base64url') }
        : {}),
    },
    body: JSON.stringify(page.map((instance) => statusBody(instance, options))),
  };
}
