import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type HttpResponseInit, InvocationContext } from '@azure/functions';
import { expect } from 'vitest';
import { z } from 'zod';
import { health } from '../../functions/http/health.ts';
import { userId } from '../../local/graph-emulator/test/testGraph.ts';
import type { JobClient } from '../../shared/graph/jobs.ts';
import { openGraph } from '../conformance/openGraph.ts';
import { createMemoryStores } from '../memoryStores/memoryStores.ts';
import { contradiction } from './contradiction.ts';

// Where the pages contradict each other about who may use these operations, and for how long.

/** What `GET /health` answers of the app with this client. */
function healthWith(jobs: JobClient): Promise<HttpResponseInit> {
  return health({
    context: new InvocationContext({ functionName: 'health', logHandler: () => undefined }),
    services: { stores: createMemoryStores(), jobs },
  });
}

const healthSchema = z.looseObject({
  checks: z.looseObject({
    graph: z.looseObject({ status: z.string(), detail: z.string().default('') }),
  }),
});

contradiction(4, async (variant) => {
  const clientId = 'eeeeeeee-0000-4000-8000-000000000001';
  const { clientWith } = await openGraph({
    scenario: {
      clients: [
        {
          clientId,
          permissions: variant === 1 ? [] : ['CrossTenantContentMigration.ReadWrite.All'],
        },
      ],
    },
  });
  const answer = await healthWith(clientWith({ clientId }));
  const { graph } = healthSchema.parse(answer.jsonBody).checks;
  expect([answer.status, graph.status]).toEqual(
    variant === 1 ? [503, 'unhealthy'] : [200, 'healthy'],
  );
  if (variant === 2) return;
  expect(graph.detail).toContain(
    'grant the app the application permission CrossTenantContentMigration.ReadWrite.All in the target tenant',
  );
  expect(graph.detail).toContain('the API is not enabled for apps in this tenant yet');
});

contradiction(28, async (variant) => {
  // The one that was to be removed is beta; what says so in an answer changes nothing.
  const jobsVersion = variant === 1 ? 'beta' : 'v1.0';
  const { url, clientWith, asked } = await openGraph({
    interference: {
      after: (_, response) => {
        const headers = new Headers(response.headers);
        if (variant === 1) {
          headers.set('deprecation', 'Thu, 01 Jan 2026 00:00:00 GMT');
          headers.set('sunset', 'Thu, 09 Jul 2026 00:00:00 GMT');
        }
        return Promise.resolve(new Response(response.body, { status: response.status, headers }));
      },
    },
  });
  const client = clientWith({ config: { graph: { baseUrl: url, jobsVersion } } });
  const created = await client.createJob({
    displayName: 'wave07',
    sourceTenantId: '11111111-2222-3333-4444-555555555555',
    completeAfterDateTime: '2026-12-01T22:00:00Z',
    workloads: ['Teams'],
    resources: [userId(1)],
  });
  if (created.kind !== 'done') throw new Error(`create answered ${created.kind}`);
  const { id } = created.value;
  expect(await client.validateJob(id)).toMatchObject({ kind: 'done' });
  expect(await client.listJobTasks(id)).toMatchObject({ kind: 'done', value: [{ id: userId(1) }] });
  expect(await client.cancelJob(id)).toMatchObject({ kind: 'done' });
  expect(await client.getJob(id)).toMatchObject({
    kind: 'done',
    value: { status: 'pendingCancel' },
  });
  const paths = (await asked()).map(({ path }) => path.split('/')[1]);
  expect(new Set(paths)).toEqual(new Set([jobsVersion]));
  // No generated client of Graph, whose methods may go on such a date.
  const { dependencies } = z
    .object({ dependencies: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8')));
  expect(Object.keys(dependencies).filter((name) => /microsoft.*graph/i.test(name))).toEqual([]);
});
