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
  type PipelineResponse,
} from '@azure/core-rest-pipeline';
import { askedCredential } from './askedCredential.ts';
import { CallBudget } from './callBudget.ts';
import { Flight } from './flight.ts';
import { readRetryPolicy } from './readRetry.ts';
import { lost, NoTokenError, notSent, type Unanswered } from './unanswered.ts';

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
      if (open !== undefined) return lost(call, open, error);
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
