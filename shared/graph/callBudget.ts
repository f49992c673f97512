import {
  createHttpHeaders,
  type PipelinePolicy,
  type PipelineRequest,
  type PipelineResponse,
} from '@azure/core-rest-pipeline';
import { retryAfterSeconds } from './result.ts';

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
