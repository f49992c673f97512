import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/core-auth';
import { z } from 'zod';

const tokenSchema = z.object({ access_token: z.string(), expires_in: z.number() });

/** Takes tokens from the emulator on this machine; refuses any other address, so that it can never serve a real tenant. */
export class DevelopmentCredential implements TokenCredential {
  readonly #tokenUrl: URL;
  readonly #clientId: string;

  constructor(tokenUrl: string, clientId: string) {
    this.#tokenUrl = new URL(tokenUrl);
    if (!['127.0.0.1', 'localhost', '[::1]'].includes(this.#tokenUrl.hostname)) {
      throw new RangeError(
        `the development credential works only on this machine, not with ${this.#tokenUrl.host}`,
      );
    }
    this.#clientId = clientId;
  }

  async getToken(
    scopes: string | string[],
    { claims }: GetTokenOptions = {},
  ): Promise<AccessToken> {
    const answer = await fetch(this.#tokenUrl, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: this.#clientId,
        client_secret: 'development',
        scope: [scopes].flat().join(' '),
        ...(claims === undefined ? {} : { claims }),
      }),
    });
    if (!answer.ok) throw new Error(`the emulator gave no token: status ${String(answer.status)}`);
    const token = tokenSchema.parse(await answer.json());
    return { token: token.access_token, expiresOnTimestamp: Date.now() + token.expires_in * 1000 };
  }
}
