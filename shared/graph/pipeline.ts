import { randomUUID } from 'node:crypto';
import type { TokenCredential } from '@azure/core-auth';
import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createEmptyPipeline,
  createHttpHeaders,
  createPipelineRequest,
  type HttpClient,
  type HttpMethods,
  isRestError,
  type Pipeline,
  type PipelinePolicy,
  type PipelineRequest,
  type PipelineResponse,
  retryPolicy,
  type RetryStrategy,
} from '@azure/core-rest-pipeline';
import { graphPolicy } from '../domain/policies.ts';
import {
  type NoResponse,
  NoTokenError,
  notSent,
  retryAfterSeconds,
  sentWithoutResponse,
} from './result.ts';
import { CallBudget, isHeldBack, withTimeout } from './tenant.ts';

// Errors before a connection is open: no byte of the request was sent.
const unconnected: readonly (string | undefined)[] = ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED'];

/** Sends the requests of one call and tracks whether the last one was sent and got a response. */
class TrackedHttpClient implements HttpClient {
  readonly #network: HttpClient;
  #open: PipelineRequest | undefined;
  #response: PipelineResponse | undefined;

  constructor(network: HttpClient) {
    this.#network = network;
  }

  /** The request that was sent and has no response yet, or undefined. */
  get open(): PipelineRequest | undefined {
    return this.#open;
  }

  /** The response to the last request, or undefined. */
  get response(): PipelineResponse | undefined {
    return this.#response;
  }

  async sendRequest(request: PipelineRequest): Promise<PipelineResponse> {
    // The caller of an aborted call has already been told that it was not sent.
    if (request.abortSignal?.aborted === true)
      throw new DOMException('the call was aborted before it was sent', 'AbortError');
    const before = this.#response;
    this.#open = request;
    this.#response = undefined;
    try {
      const response = await this.#network.sendRequest(request);
      this.#open = undefined;
      this.#response = response;
      return response;
    } catch (error) {
      if (isRestError(error) && error.response === undefined && unconnected.includes(error.code)) {
        this.#open = undefined;
        this.#response = before;
      }
      throw error;
    }
  }
}

// 408 and 423 are not here: they last longer than these retries, so the orchestration handles them.
const transientStatuses = [429, 500, 502, 503, 504, 509];

/**
 * Creates the policy that retries reads after a transient fault: at most three times, within ten
 * seconds. The orchestration repeats everything else. A write is never retried here, because it
 * could take effect twice.
 * @param nowMs returns the current time in epoch milliseconds
 */
export function readRetryPolicy(
  nowMs: () => number,
  delayMs: number = graphPolicy.readRetryMs,
): PipelinePolicy {
  return {
    name: 'readRetry',
    sendRequest: (request, next) =>
      request.method === 'GET'
        ? retryPolicy([retryStrategy(nowMs(), nowMs, delayMs)], {
            maxRetries: graphPolicy.maxReadRetries,
          }).sendRequest(request, next)
        : next(request),
  };
}

function retryStrategy(startMs: number, nowMs: () => number, delayMs: number): RetryStrategy {
  let waitedMs = 0;
  return {
    name: 'readRetry',
    retry: ({ retryCount, response, responseError }) => {
      const isTransient =
        response === undefined
          ? responseError?.code !== undefined
          : transientStatuses.includes(response.status);
      if (!isTransient || (response !== undefined && isHeldBack(response)))
        return { skipStrategy: true };
      const headerSeconds =
        response === undefined ? undefined : retryAfterSeconds(response.headers);
      const waitMs =
        headerSeconds === undefined ? delayMs * 2 ** retryCount : headerSeconds * 1_000;
      // A stepped clock of a test does not advance during the waits, so they are counted as well.
      const spentMs = Math.max(waitedMs, nowMs() - startMs);
      if (
        waitMs > graphPolicy.longestReadRetryMs ||
        spentMs + waitMs > graphPolicy.longestReadRetriesMs
      )
        return { skipStrategy: true };
      waitedMs += waitMs;
      return { retryAfterInMs: waitMs };
    },
  };
}

/** Sends one request to Graph. Without a response, the result says whether the request was sent. */
export type Send = (request: {
  readonly method: HttpMethods;
  readonly url: string;
  readonly body?: object;
}) => Promise<PipelineResponse | NoResponse>;

export interface PipelineOptions {
  readonly credential: TokenCredential;
  readonly scope: string;
  readonly httpClient?: HttpClient;
  /** Milliseconds before the first retry of a read; doubled for each further one. */
  readonly readRetryDelayMs?: number;
  /**
   * Milliseconds after which a call is aborted, including its retries and the body of its response.
   */
  readonly deadlineMs?: number;
  /** Returns the current time in epoch milliseconds. Defaults to `Date.now`. */
  readonly nowMs?: () => number;
  /** The budget that all clients of the tenant share. Defaults to a budget of its own. */
  readonly budget?: CallBudget;
}

// A new id for every attempt, by which Microsoft support finds that attempt.
const clientRequestIds: PipelinePolicy = {
  name: 'clientRequestIds',
  sendRequest: (request, next) => {
    request.headers.set('client-request-id', randomUUID());
    return next(request);
  },
};

// The library's bearer policy rejects http URLs, which the configuration allows only for the
// emulator on this machine. Such a URL passes the policies as https and is restored just before it
// is sent.
const plainHttp: PipelinePolicy = {
  name: 'plainHttp',
  sendRequest: async (request, next) => {
    const httpsUrl = request.url;
    request.url = httpsUrl.replace(/^https:/, 'http:');
    try {
      return await next(request);
    } finally {
      request.url = httpsUrl;
    }
  },
};

// The library decodes the claims of a challenge as base64, but Graph also sends base64url (Graph:
// claims challenges).
const plainBase64: PipelinePolicy = {
  name: 'plainBase64',
  sendRequest: async (request, next) => {
    const response = await next(request);
    const challenge = response.headers.get('www-authenticate');
    if (challenge !== undefined)
      response.headers.set(
        'www-authenticate',
        challenge.replace(
          /claims="([\w-]*[-_][\w-]*=*)"/,
          (_, claims: string) => `claims="${Buffer.from(claims, 'base64url').toString('base64')}"`,
        ),
      );
    return response;
  },
};

/**
 * Creates the function that sends requests to Graph, with tokens and claims challenges from the
 * library's bearer policy, a new `client-request-id` for each attempt, short retries of reads, and
 * one budget for all calls. Bodies and tokens are never logged.
 */
export function createSend({
  credential,
  scope,
  httpClient = createDefaultHttpClient(),
  readRetryDelayMs,
  deadlineMs = graphPolicy.deadlineMs,
  nowMs = () => Date.now(),
  budget = new CallBudget(nowMs),
}: PipelineOptions): Send {
  const timedCredential = withTimeout(credential, Math.min(graphPolicy.tryMs, deadlineMs));
  const newPipeline = (isPlain: boolean): Pipeline => {
    const pipeline = createEmptyPipeline();
    pipeline.addPolicy(readRetryPolicy(nowMs, readRetryDelayMs), { phase: 'Retry' });
    pipeline.addPolicy(
      bearerTokenAuthenticationPolicy({ credential: timedCredential, scopes: scope }),
      { phase: 'Sign' },
    );
    pipeline.addPolicy(clientRequestIds, {
      afterPhase: 'Retry',
      beforePolicies: ['bearerTokenAuthenticationPolicy'],
    });
    pipeline.addPolicy(budget, { afterPhase: 'Retry', beforePolicies: ['clientRequestIds'] });
    pipeline.addPolicy(plainBase64, {
      afterPolicies: ['bearerTokenAuthenticationPolicy'],
      afterPhase: 'Sign',
    });
    if (isPlain)
      pipeline.addPolicy(plainHttp, {
        afterPolicies: ['bearerTokenAuthenticationPolicy'],
        afterPhase: 'Sign',
      });
    return pipeline;
  };
  let pipeline: Pipeline | undefined;
  return async ({ method, url, body }) => {
    const isPlain = url.startsWith('http:');
    const current = (pipeline ??= newPipeline(isPlain));
    const abortSignal = AbortSignal.timeout(deadlineMs);
    const tracked = new TrackedHttpClient(httpClient);
    const send = (through: Pipeline): Promise<PipelineResponse> =>
      through.sendRequest(
        tracked,
        createPipelineRequest({
          url: url.replace(/^http:/, 'https:'),
          method,
          timeout: graphPolicy.tryMs,
          // `timeout` covers only the headers; the signal also ends a body that never ends.
          abortSignal,
          allowInsecureConnection: isPlain,
          headers: createHttpHeaders({
            accept: 'application/json',
            // Without it Graph hides new members of enumerations (Graph: evolvable enumerations).
            prefer: 'include-unknown-enum-members',
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          }),
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      );
    try {
      const response = await send(current);
      // The bearer policy has already answered a claims challenge with a new token.
      if (response.status !== 401 || asksForClaims(response)) return response;
      // Any other 401 means that the token is no longer valid: try once more with a new one.
      pipeline = newPipeline(isPlain);
      return await send(pipeline);
    } catch (error) {
      const { response, open } = tracked;
      // A response counts even if a policy failed on it. After a 401 nothing has happened, and the
      // second try was not sent.
      if (response !== undefined && response.status !== 401) return response;
      // Parameters are removed because they may contain addresses of people.
      const call = `${method} ${new URL(url).pathname.replace(/\(.*\)/s, '(…)')}`;
      if (open !== undefined) return sentWithoutResponse(call, open, error);
      if (
        error instanceof NoTokenError ||
        isRestError(error) ||
        (error instanceof Error && error.name === 'AbortError')
      )
        return notSent(call, error);
      throw error;
    }
  };
}

function asksForClaims({ headers }: PipelineResponse): boolean {
  return /error="?insufficient_claims/i.test(headers.get('www-authenticate') ?? '');
}
