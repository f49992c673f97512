import { z } from 'zod';
import type { SpawnedHost } from './spawnHost.ts';
import { until } from './until.ts';

const statusSchema = z.looseObject({
  name: z.string(),
  instanceId: z.string(),
  runtimeStatus: z.string(),
  input: z.unknown(),
  output: z.unknown(),
  customStatus: z.unknown(),
  createdTime: z.string(),
  lastUpdatedTime: z.string(),
});
export type InstanceStatus = z.infer<typeof statusSchema>;
const urlsSchema = z.record(z.string(), z.string());

/**
 * An orchestration that a test has started. It is controlled by the addresses of
 * `createCheckStatusResponse`.
 */
export interface StartedInstance {
  readonly id: string;
  readonly urls: Readonly<Record<string, string>>;
  readonly status: () => Promise<InstanceStatus>;
  /** Waits for a status. Throws when the instance ends with another one. */
  readonly reach: (runtimeStatus: string) => Promise<InstanceStatus>;
  readonly post: (url: string, body?: unknown) => Promise<number>;
}

/** Starts an orchestration of the app `patterns` over HTTP. */
export async function startInstance(
  host: SpawnedHost,
  name: string,
  input?: unknown,
  instanceId?: string,
): Promise<StartedInstance> {
  const response = await fetch(
    `${host.url}/api/start/${name}${instanceId === undefined ? '' : `/${instanceId}`}`,
    {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ input }),
    },
  );
  if (response.status !== 202)
    throw new Error(
      `starting ${name} returned ${String(response.status)} ${await response.text()}`,
    );
  return instanceOf(urlsSchema.parse(await response.json()));
}

/** Returns the same instance after a restart of the host on the same port. */
export function instanceOf(urls: Readonly<Record<string, string>>): StartedInstance {
  const status = async (): Promise<InstanceStatus> =>
    statusSchema.parse(await (await fetch(urls['statusQueryGetUri'] ?? '')).json());
  return {
    id: urls['id'] ?? '',
    urls,
    status,
    reach: (runtimeStatus) =>
      until(`status ${runtimeStatus}`, async () => {
        const found = await status();
        if (found.runtimeStatus === runtimeStatus) return found;
        if (['Completed', 'Failed', 'Terminated'].includes(found.runtimeStatus))
          throw new Error(`expected ${runtimeStatus}: ${JSON.stringify(found)}`);
        return undefined;
      }),
    post: async (url, body) => {
      const response = await fetch(url, {
        method: 'POST',
        ...(body === undefined
          ? {}
          : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      });
      await response.arrayBuffer();
      return response.status;
    },
  };
}
