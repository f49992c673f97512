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
import { CallBudget, isHeldBack } from './callBudget.ts';
import { askedCredential } from './credentials.ts';
import { retryAfterSeconds } from './result.ts';
import { isUnanswered, NoTokenError, notSent, type Unanswered } from './unanswered.ts';

/** Errors of looking a host up and of opening a connection: not a byte of the request was sent. */
const unconnected: readonly (string | undefined)[] = ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED'];

/** The last step of one call: keeps which of its requests is on its way, and what the last one was answered. */
export class Flight implements HttpClient {
  readonly #network: HttpClient;
  #open: PipelineRequest | undefined;
  #answer: PipelineResponse | undefined;

  constructor(network: HttpClient) {
    this.#network = network;
  }

  /** The request that was sent last, while it is not answered; undefined when none is out. */
  get open(): PipelineRequest | undefined {
    return this.#open;
  }

  /** What the last request was answered; undefined while it is out, and before the first. */
  get answer(): PipelineResponse | undefined {
    return this.#answer;
  }

  async sendRequest(request: PipelineRequest): Promise<PipelineResponse> {
    // A call whose time is over is not begun any more: its caller has been told that it was not sent.
    if (request.abortSignal?.aborted === true)
      throw new DOMException('the time for the call was over before it was sent', 'AbortError');
    const before = this.#answer;
    this.#open = request;
    this.#answer = undefined;
    try {
      const answer = await this.#network.sendRequest(request);
      this.#open = undefined;
      this.#answer = answer;
      return answer;
    } catch (error) {
      if (isRestError(error) && error.response === undefined && unconnected.includes(error.code)) {
        this.#open = undefined;
        this.#answer = before;
      }
      throw error;
    }
  }
}

// A locked resource (423) stays locked for longer than this, and a request that has timed out (408) has had its time: both wait
// for the orchestration.
const passing = [429, 500, 502, 503, 504, 509];
const longestMs = 4_000;
const longestInAllMs = 9_500;

/**
 * Repeats reads that met a passing fault, at most three times, and begins no repetition later than ten seconds after the first try
 * began. Everything longer, and every write, is the orchestration's business: a write that was repeated here could take effect
 * twice.
 * @param nowMs the present instant in epoch milliseconds
 */
export function readRetryPolicy(nowMs: () => number, delayMs = 1_000): PipelinePolicy {
  return {
    name: 'readRetry',
    sendRequest: (request, next) =>
      request.method === 'GET'
        ? retryPolicy([strategyFrom(nowMs(), nowMs, delayMs)], { maxRetries: 3 }).sendRequest(
            request,
            next,
          )
        : next(request),
  };
}

function strategyFrom(startMs: number, nowMs: () => number, delayMs: number): RetryStrategy {
  let waitedMs = 0;
  return {
    name: 'readRetry',
    retry: ({ retryCount, response, responseError }) => {
      const passes =
        response === undefined
          ? responseError?.code !== undefined
          : passing.includes(response.status);
      if (!passes || (response !== undefined && isHeldBack(response)))
        return { skipStrategy: true };
      const askedMs = response === undefined ? undefined : retryAfterSeconds(response.headers);
      const waitMs = askedMs === undefined ? delayMs * 2 ** retryCount : askedMs * 1_000;
      // A clock that a test steps stands still meanwhile.
      const spentMs = Math.max(waitedMs, nowMs() - startMs);
      if (waitMs > longestMs || spentMs + waitMs > longestInAllMs) return { skipStrategy: true };
      waitedMs += waitMs;
      return { retryAfterInMs: waitMs };
    },
  };
}

/** Sends one request to Graph, and says of a call without an answer whether it can have had an effect. */
export type Send = (request: {
  readonly method: HttpMethods;
  readonly url: string;
  readonly body?: object;
}) => Promise<PipelineResponse | Unanswered>;

export interface PipelineOptions {
  readonly credential: TokenCredential;
  readonly scope: string;
  readonly httpClient?: HttpClient;
  /** Milliseconds before the first repetition of a read; doubled each time. */
  readonly readRetryDelayMs?: number;
  /** Milliseconds after which a call is given up, its repetitions and the last byte of its answer included. */
  readonly deadlineMs?: number;
  /** The present instant in epoch milliseconds; left out: `Date.now`. */
  readonly nowMs?: () => number;
  /** What all calls to the tenant share; left out: one of its own. */
  readonly budget?: CallBudget;
}

const timeoutMs = 60_000;

// Fresh for every attempt: it is what Microsoft support finds one attempt by.
const clientRequestIds: PipelinePolicy = {
  name: 'clientRequestIds',
  sendRequest: (request, next) => {
    request.headers.set('client-request-id', randomUUID());
    return next(request);
  },
};

// The library's bearer policy refuses plain http, which only an emulator on this machine speaks (the configuration sees to
// that): such an address goes through the policies as https and is set right just before it is sent.
const plainHttp: PipelinePolicy = {
  name: 'plainHttp',
  sendRequest: async (request, next) => {
    const shown = request.url;
    request.url = shown.replace(/^https:/, 'http:');
    try {
      return await next(request);
    } finally {
      request.url = shown;
    }
  },
};

// The library decodes the claims of a challenge as base64 only, but base64url is sent as well (Graph: claims challenges).
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
 * The way to Graph: tokens with claims challenges by the library's bearer policy, a fresh `client-request-id` for each
 * attempt, short repetition of reads, one budget for all calls. Bodies and tokens are never logged.
 */
export function createSend({
  credential,
  scope,
  httpClient = createDefaultHttpClient(),
  readRetryDelayMs,
  deadlineMs = 120_000,
  nowMs = () => Date.now(),
  budget = new CallBudget(nowMs),
}: PipelineOptions): Send {
  const asked = askedCredential(credential, Math.min(timeoutMs, deadlineMs));
  const newPipeline = (isPlain: boolean): Pipeline => {
    const pipeline = createEmptyPipeline();
    pipeline.addPolicy(readRetryPolicy(nowMs, readRetryDelayMs), { phase: 'Retry' });
    pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential: asked, scopes: scope }), {
      phase: 'Sign',
    });
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
    const flight = new Flight(httpClient);
    const send = (through: Pipeline): Promise<PipelineResponse> =>
      through.sendRequest(
        flight,
        createPipelineRequest({
          url: url.replace(/^http:/, 'https:'),
          method,
          timeout: timeoutMs,
          // That ends when the headers have come: an answer that drips for ever is not caught by it.
          abortSignal,
          allowInsecureConnection: isPlain,
          headers: createHttpHeaders({
            accept: 'application/json',
            // Without it Graph hides the members that an enumeration has gained (Graph: evolvable enumerations).
            prefer: 'include-unknown-enum-members',
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          }),
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      );
    try {
      const response = await send(current);
      // The bearer policy has met a claims challenge with a token of those claims already: once is enough.
      if (response.status !== 401 || asksForClaims(response)) return response;
      // An ordinary 401 means that the token is no longer good: one more try with a fresh one.
      pipeline = newPipeline(isPlain);
      return await send(pipeline);
    } catch (error) {
      const { answer, open } = flight;
      // Graph's answer counts, whatever the way back makes of it. After a 401 nothing has happened yet, and the next try was not sent.
      if (answer !== undefined && answer.status !== 401) return answer;
      // What is asked for by name is left out: it may be an address.
      const call = `${method} ${new URL(url).pathname.replace(/\(.*\)/s, '(…)')}`;
      if (open !== undefined) return isUnanswered(call, open, error);
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
