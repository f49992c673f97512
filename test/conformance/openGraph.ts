import { onTestFinished } from 'vitest';
import { listen, type LoggedRequest } from '../../local/graph-emulator/index.ts';
import { origin, targetTenantId, TestGraph } from '../../local/graph-emulator/test/testGraph.ts';
import { createJobClient, type JobClient } from '../../shared/graph/jobs.ts';
import { DevelopmentCredential } from '../../shared/graph/tenant.ts';

/** The emulator behind a port of its own, and two ways to it: bare calls, and the app's client. */
export interface GraphOverHttp {
  readonly graph: TestGraph;
  readonly url: string;
  readonly client: JobClient;
  /** The app's client with another identity, or with pauses of its own between repeated reads. */
  readonly clientWith: (
    options: Partial<Parameters<typeof createJobClient>[0]> & { readonly clientId?: string },
  ) => JobClient;
  /** What the emulator was asked for, without the tokens. */
  readonly asked: () => Promise<readonly LoggedRequest[]>;
}

/** Starts the emulator on a free port until the end of the test. */
export async function openGraph(
  options: ConstructorParameters<typeof TestGraph>[0] = {},
): Promise<GraphOverHttp> {
  const graph = new TestGraph(options);
  const listener = await listen('127.0.0.1', 0, graph.fetch);
  onTestFinished(() => listener.close());
  graph.fetch = async (request) => {
    const { method, headers } = request;
    const body = await request.text();
    return fetch(request.url.replace(origin, listener.url), {
      method,
      headers,
      ...(body === '' ? {} : { body }),
    });
  };
  const clientWith: GraphOverHttp['clientWith'] = ({
    clientId = 'cccccccc-0000-4000-8000-000000000001',
    ...changes
  }) =>
    createJobClient({
      config: { graph: { baseUrl: listener.url, jobsVersion: 'v1.0' } },
      credential: new DevelopmentCredential(
        `${listener.url}/${targetTenantId}/oauth2/v2.0/token`,
        clientId,
      ),
      readRetryDelayMs: 1,
      ...changes,
    });
  return {
    graph,
    url: listener.url,
    client: clientWith({}),
    clientWith,
    asked: async () => {
      const { value } = (await (await fetch(`${listener.url}/_emulator/log`)).json()) as {
        value: LoggedRequest[];
      };
      return value.filter(({ path }) => !path.endsWith('/token'));
    },
  };
}
