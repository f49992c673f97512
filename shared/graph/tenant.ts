import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/core-auth';
import {
  createHttpHeaders,
  type PipelinePolicy,
  type PipelineRequest,
  type PipelineResponse,
} from '@azure/core-rest-pipeline';
import { ClientAssertionCredential, ManagedIdentityCredential } from '@azure/identity';
import { z } from 'zod';
import type { TenantCredential } from '../config/config.ts';
import { NoTokenError, retryAfterSeconds } from './result.ts';

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

const heldBackResponses = new WeakSet<PipelineResponse>();

/**
 * Returns whether a response comes from the budget, because the call was held back. Repeating it at
 * once does not help.
 */
export function isHeldBack(response: PipelineResponse): boolean {
  return heldBackResponses.has(response);
}

// Graph publishes no limit for these operations (Graph: throttling), so the budget adapts.
const firstLimit = 8;
const highestLimit = 32;

/**
 * Limits the calls to one tenant. After Graph asked for a wait, the budget sends nothing until it
 * is over: each call gets a 429 with the remaining time, which its orchestration spends on a
 * durable timer. The number of concurrent calls is limited: a throttled call halves the limit, and
 * as many other responses as the limit raise it by one. Make one budget for each tenant, so that no
 * tenant waits for another.
 */
export class CallBudget implements PipelinePolicy {
  readonly name = 'callBudget';
  readonly #nowMs: () => number;
  /** The calls that wait until they may start, in the order in which they came. */
  readonly #waiting = new Set<() => void>();
  #closedUntilMs = 0;
  #limit = firstLimit;
  #inFlight = 0;
  #responsesSinceChange = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** The number of calls that may run at the same time. */
  get limit(): number {
    return this.#limit;
  }

  readonly sendRequest: PipelinePolicy['sendRequest'] = async (request, next) => {
    await this.#acquire(request.abortSignal);
    try {
      const remainingMs = this.#closedUntilMs - this.#nowMs();
      if (remainingMs > 0) return heldBack(request, remainingMs);
      const response = await next(request);
      this.#adjustLimit(response);
      return response;
    } finally {
      this.#inFlight -= 1;
      this.#startWaiting();
    }
  };

  /** Waits until the call may start. Rejects if the call is aborted before that. */
  async #acquire(signal: PipelineRequest['abortSignal']): Promise<void> {
    if (this.#inFlight < this.#limit && this.#waiting.size === 0) {
      this.#inFlight += 1;
      return;
    }
    const turn = Promise.withResolvers<undefined>();
    const start = (): void => {
      turn.resolve(undefined);
    };
    const abort = (): void => {
      this.#waiting.delete(start);
      turn.reject(
        new DOMException('the call was aborted while it waited for its turn', 'AbortError'),
      );
    };
    this.#waiting.add(start);
    signal?.addEventListener('abort', abort);
    try {
      if (signal?.aborted === true) abort();
      await turn.promise;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Starts as many waiting calls as the limit allows. */
  #startWaiting(): void {
    for (const start of this.#waiting) {
      if (this.#inFlight >= this.#limit) return;
      this.#waiting.delete(start);
      this.#inFlight += 1;
      start();
    }
  }

  #adjustLimit({ status, headers }: PipelineResponse): void {
    const waitSeconds = retryAfterSeconds(headers);
    if (status === 429 || (status === 503 && waitSeconds !== undefined)) {
      this.#limit = Math.max(1, Math.floor(this.#limit / 2));
      this.#responsesSinceChange = 0;
      if (waitSeconds !== undefined)
        this.#closedUntilMs = Math.max(this.#closedUntilMs, this.#nowMs() + waitSeconds * 1000);
      return;
    }
    this.#responsesSinceChange += 1;
    if (this.#responsesSinceChange < this.#limit || this.#limit === highestLimit) return;
    this.#limit += 1;
    this.#responsesSinceChange = 0;
    this.#startWaiting();
  }
}

function heldBack(request: PipelineResponse['request'], remainingMs: number): PipelineResponse {
  const error = { code: 'heldBack', message: 'Graph asked for a wait, so the call was not sent' };
  const response = {
    request,
    status: 429,
    headers: createHttpHeaders({ 'retry-after': String(Math.ceil(remainingMs / 1000)) }),
    bodyAsText: JSON.stringify({ error }),
  };
  heldBackResponses.add(response);
  return response;
}
