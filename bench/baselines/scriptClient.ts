import { z } from 'zod';

const tokenSchema = z.object({ access_token: z.string() });

/** What Graph answered, as a script sees it. */
export interface ScriptAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** What a script calls Graph with: a token, a request, an answer; nothing is repeated and nothing is shared. */
export interface ScriptClient {
  /** `path` comes after the collection of jobs, or is a whole next link. */
  call(method: string, path: string, body?: object): Promise<ScriptAnswer>;
}

/** A client of the Graph at `baseUrl`; `send` is `fetch` or the emulator's own. */
export function scriptClient(
  baseUrl: string,
  targetTenantId: string,
  send: (request: Request) => Promise<Response>,
): ScriptClient {
  const jobs = `${baseUrl}/v1.0/solutions/migrations/crossTenantMigrationJobs`;
  let token: string | undefined;
  const newToken = async (): Promise<string> => {
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: '00000000-0000-4000-8000-000000000001',
      client_secret: 'x',
      scope: `${baseUrl}/.default`,
    });
    const answer = await send(
      new Request(`${baseUrl}/${targetTenantId}/oauth2/v2.0/token`, { method: 'POST', body }),
    );
    return tokenSchema.parse(await answer.json()).access_token;
  };
  const ask = async (method: string, path: string, body?: object): Promise<Response> => {
    token ??= await newToken();
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    return send(
      new Request(path.startsWith('http') ? path : `${jobs}${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
  };
  return {
    call: async (method, path, body) => {
      let response = await ask(method, path, body);
      if (response.status === 401) {
        token = undefined;
        response = await ask(method, path, body);
      }
      const text = await response.text();
      return { status: response.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
    },
  };
}
