import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/core-auth';
import { ClientAssertionCredential, ManagedIdentityCredential } from '@azure/identity';
import { z } from 'zod';
import type { TenantCredential } from '../config/config.ts';
import { NoTokenError } from './result.ts';

const tokenSchema = z.object({ access_token: z.string(), expires_in: z.number() });

/**
 * Gets tokens from the Graph emulator. Accepts only addresses on this machine, so that it never
 * works with a real tenant.
 */
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
    const response = await fetch(this.#tokenUrl, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: this.#clientId,
        client_secret: 'development',
        scope: [scopes].flat().join(' '),
        ...(claims === undefined ? {} : { claims }),
      }),
    });
    if (!response.ok)
      throw new Error(`the emulator returned no token: status ${String(response.status)}`);
    const token = tokenSchema.parse(await response.json());
    return { token: token.access_token, expiresOnTimestamp: Date.now() + token.expires_in * 1000 };
  }
}

// Entra exchanges an assertion with this audience for a token of another tenant (workload identity
// federation).
const exchangeScope = 'api://AzureADTokenExchange/.default';

/**
 * Creates the credential for a tenant: the app's identity, that identity federated into another
 * tenant, or the emulator's.
 */
export function createCredential(target: TenantCredential): TokenCredential {
  switch (target.kind) {
    case 'managedIdentity':
      return managedIdentity(target.managedIdentityClientId);
    case 'federated': {
      const identity = managedIdentity(target.managedIdentityClientId);
      return new ClientAssertionCredential(
        target.tenantId,
        target.clientId,
        async () => (await identity.getToken(exchangeScope)).token,
      );
    }
    case 'development':
      return new DevelopmentCredential(target.tokenUrl, target.clientId);
  }
}

function managedIdentity(clientId: string | undefined): ManagedIdentityCredential {
  return clientId === undefined
    ? new ManagedIdentityCredential()
    : new ManagedIdentityCredential({ clientId });
}

/**
 * Wraps a credential so that a failure throws a NoTokenError, which distinguishes it from a failure
 * of the call, and so that a token must come within `timeoutMs`. Some credentials ignore abort
 * signals.
 */
export function withTimeout(credential: TokenCredential, timeoutMs: number): TokenCredential {
  return {
    getToken: async (
      scopes: string | string[],
      options: GetTokenOptions = {},
    ): Promise<AccessToken> => {
      const given = Promise.withResolvers<AccessToken | null>();
      const giveUp = (): void => {
        given.reject(new Error('no token came in time'));
      };
      const signals = [
        AbortSignal.timeout(timeoutMs),
        ...(options.abortSignal === undefined ? [] : [options.abortSignal]),
      ];
      for (const signal of signals) signal.addEventListener('abort', giveUp);
      try {
        if (options.abortSignal?.aborted === true) giveUp();
        credential.getToken(scopes, options).then(given.resolve, given.reject);
        const token = await given.promise;
        if (token === null) throw new Error('the credential returned none');
        return token;
      } catch (cause) {
        throw new NoTokenError(cause);
      } finally {
        for (const signal of signals) signal.removeEventListener('abort', giveUp);
      }
    },
  };
}
