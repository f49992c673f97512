import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/core-auth';
import { createHttpHeaders, type HttpClient, RestError } from '@azure/core-rest-pipeline';
import { z } from 'zod';
import type { Emulator } from './createEmulator.ts';
import { ConnectionResetError } from './listen.ts';

const tokenSchema = z.object({ access_token: z.string(), expires_in: z.number() });

export interface InProcessCaller {
  /** The address by which the emulator's clients know it. */
  readonly baseUrl: string;
  readonly tenantId: string;
  readonly clientId: string;
  /** The present instant in epoch milliseconds, by the clock that the client keeps its tokens by. */
  readonly nowMs: () => number;
}

/** Takes tokens from an emulator in the same process, without a socket; a ZodError when it gives none. */
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
    const answer = await this.#emulator.fetch(
      new Request(`${baseUrl}/${tenantId}/oauth2/v2.0/token`, { method: 'POST', body }),
    );
    const { access_token: token, expires_in: seconds } = tokenSchema.parse(await answer.json());
    return { token, expiresOnTimestamp: nowMs() + seconds * 1_000 };
  }
}

/** Carries a client's requests to an emulator in the same process, without a socket; a lost connection is what it is over one. */
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
        // `text()` would leave out a byte order mark, which Azure's client over a socket does not.
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
