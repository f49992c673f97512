import {
  type Reply,
  sourceTenantId,
  targetTenantId,
  type TestGraph,
} from '../../local/graph-emulator/test/testGraph.ts';
import { createSharePointClient } from '../../shared/graph/sharePointClient.ts';
import type { SharePointClient } from '../../shared/graph/sharePointTasks.ts';
import { DevelopmentCredential } from '../../shared/graph/tenant.ts';
import { type GraphOverHttp, openGraph } from './openGraph.ts';

const root = '/beta/solutions/sharePoint/migrations';
export const tasksPath = `${root}/crossOrganizationMigrationTasks`;
const clientId = 'cccccccc-0000-4000-8000-000000000001';

/** The emulator's SharePoint half behind a port of its own: bare calls, and the app's client. */
export interface SharePointOverHttp {
  readonly graph: TestGraph;
  readonly client: SharePointClient;
  readonly asked: GraphOverHttp['asked'];
  /** A call in the source tenant; `path` comes after the collection of tasks. */
  readonly task: (method: string, path?: string, body?: unknown) => Promise<Reply>;
  /** A call in the target tenant; `path` comes after the root of the operations. */
  readonly mapping: (method: string, path: string, body?: unknown) => Promise<Reply>;
}

/** An hour from the create to the start, and two from the start to the end. */
const timings = { queue: { min: 3_600, max: 3_600 }, migration: { min: 7_200, max: 7_200 } };

/** Starts the emulator on a free port until the end of the test. `sharePoint` is that part of the scenario. */
export async function openSharePoint(
  sharePoint: Readonly<Record<string, unknown>> = {},
  options: Parameters<typeof openGraph>[0] = {},
): Promise<SharePointOverHttp> {
  const { graph, url, asked } = await openGraph({
    ...options,
    scenario: { ...options.scenario, sharePoint: { timings, ...sharePoint } },
  });
  const credential = (tenantId: string): DevelopmentCredential =>
    new DevelopmentCredential(`${url}/${tenantId}/oauth2/v2.0/token`, clientId);
  return {
    graph,
    asked,
    client: createSharePointClient({
      config: { graph: { baseUrl: url } },
      sourceCredential: credential(sourceTenantId),
      targetCredential: credential(targetTenantId),
      readRetryDelayMs: 1,
    }),
    task: async (method, path = '', body) =>
      graph.call(method, `${tasksPath}${path}`, body, {
        authorization: `Bearer ${await graph.token(clientId, sourceTenantId)}`,
      }),
    mapping: (method, path, body) => graph.call(method, `${root}/${path}`, body),
  };
}
