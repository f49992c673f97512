import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/core-auth';
import { createHttpHeaders, type HttpClient, RestError } from '@azure/core-rest-pipeline';
import { z } from 'zod';
import type { Emulator } from './createEmulator.ts';
import { ConnectionResetError } from './listen.ts';

const tokenSchema = z.object({ access_token: z.string(), expires_in: z.number() });

export interface InProcessCaller {
  /** The base URL that clients use for the emulator. */
  readonly baseUrl: string;
  readonly tenantId: string;
  readonly clientId: string;
  /** The current instant in epoch milliseconds, on the clock that the client uses for token expiry. */
  readonly nowMs: () => number;
}

/** Gets tokens from an emulator in the same process. `getToken` throws a ZodError when the emulator refuses. */
export class InProcessCredential implements TokenCredential {
  readonly #emulator: Emulator;
  readonly #caller: InProcessCaller;

  constructor(emulator: Emulator, caller: InProcessCaller) {
    this.#emulator = emulator;
    this.#caller = caller;
  }

  async getToken(
    _scopes: string | string[],
    { claims }: GetTokenOptions = {},
  ): Promise<AccessToken> {
    const { baseUrl, tenantId, clientId, nowMs } = this.#caller;
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: 'x',
      scope: `${baseUrl}/.default`,
      ...(claims === undefined ? {} : { claims }),
    });
    const response = await this.#emulator.fetch(
      new Request(`${baseUrl}/${tenantId}/oauth2/v2.0/token`, { method: 'POST', body }),
    );
    const { access_token: token, expires_in: seconds } = tokenSchema.parse(await response.json());
    return { token, expiresOnTimestamp: nowMs() + seconds * 1_000 };
  }
}

/**
 * Creates an HTTP client for Azure pipelines that calls an emulator in the same process. A reset connection gives the same
 * error as over a socket.
 */
export function inProcessHttpClient(emulator: Emulator): HttpClient {
  return {
    sendRequest: async (request) => {
      const body = typeof request.body === 'string' ? { body: request.body } : {};
      try {
        const response = await emulator.fetch(
          new Request(request.url, {
            method: request.method,
            headers: request.headers.toJSON(),
            ...body,
          }),
        );
        // `text()` removes a byte order mark; Azure's client over a socket does not.
        const bodyAsText = Buffer.from(await response.arrayBuffer()).toString('utf8');
        return {
          request,
          status: response.status,
          headers: createHttpHeaders(Object.fromEntries(response.headers)),
          bodyAsText,
        };
      } catch (error) {
        if (error instanceof ConnectionResetError)
          throw new RestError(error.message, { code: error.code, request });
        throw error;
      }
    },
  };
}
