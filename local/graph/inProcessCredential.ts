import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/core-auth';
import { z } from 'zod';
import type { Emulator } from './createEmulator.ts';

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
