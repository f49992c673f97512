import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient, type ApiFetch } from '../../local/demo/apiClient.ts';
import { type Stack, type StackOptions, startStack } from '../../local/stack/startStack.ts';
import { documentedFetch } from './documentedFetch.ts';

/** The scenario that the demo plays. */
export const exampleScenario = join(import.meta.dirname, '..', '..', 'examples', 'scenario.json');

/** The instant at which the clock of every stack of the tests starts. */
export const originMs = Date.parse('2026-11-20T08:00:00Z');

export interface TestStack {
  readonly stack: Stack;
  /** Reaches the app; an answer that is not as the app's OpenAPI document says is an error. `api` and `post` go the same way. */
  readonly fetch: ApiFetch;
  readonly api: ApiClient;
  /** `POST /migrations`; an object is sent as JSON, a text as it stands. */
  readonly post: (body: unknown, headers?: Readonly<Record<string, string>>) => Promise<Response>;
  /** Stops the stack and deletes its folder. */
  readonly stop: () => Promise<void>;
}

/** A stack of its own in a folder of its own; `scenario` may be the scenario itself instead of its file. */
export async function startTestStack(
  options: Partial<Pick<StackOptions, 'speed' | 'settings'>> & {
    readonly scenario?: string | object;
  } = {},
): Promise<TestStack> {
  const dir = mkdtempSync(join(tmpdir(), 'tenant-ferry-e2e-'));
  const { scenario = exampleScenario, speed = 10_000, settings = {} } = options;
  const scenarioFile = typeof scenario === 'string' ? scenario : join(dir, 'scenario.json');
  if (typeof scenario !== 'string') writeFileSync(scenarioFile, JSON.stringify(scenario));
  const stack = await startStack({
    dataDir: join(dir, 'data'),
    speed,
    originMs,
    scenario: scenarioFile,
    settings,
  });
  const apiFetch = documentedFetch(stack.apiUrl);
  return {
    stack,
    fetch: apiFetch,
    api: new ApiClient(stack.apiUrl, apiFetch),
    post: (body, headers = {}) =>
      apiFetch(`${stack.apiUrl}/migrations`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    stop: async () => {
      await stack.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
