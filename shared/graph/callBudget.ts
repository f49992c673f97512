import {
  createHttpHeaders,
  type PipelinePolicy,
  type PipelineRequest,
  type PipelineResponse,
} from '@azure/core-rest-pipeline';
import { retryAfterSeconds } from './result.ts';

const heldBackResponses = new WeakSet<PipelineResponse>();

/** True for an answer that Graph never gave: the call was held back here, and to repeat it at once is of no use. */
export function isHeldBack(response: PipelineResponse): boolean {
  return heldBackResponses.has(response);
}

// Graph publishes no limit for these operations (Graph: throttling): it begins with few and learns.
const firstLimit = 8;
const highestLimit = 32;

/**
 * What all calls to one tenant share. While Graph has asked to wait, nothing is sent: a call is answered here with 429 and
 * the rest of the wait, which its orchestration spends on a durable timer. The calls in flight are bounded; a refusal for
 * load halves the bound, and as many answers as the bound raise it by one. One per tenant, so that no tenant waits for
 * another.
 */
export class CallBudget implements PipelinePolicy {
  readonly name = 'callBudget';
  readonly #nowMs: () => number;
  /** The calls that wait for a place, the first to come first. */
  readonly #waiting = new Set<() => void>();
  #closedUntilMs = 0;
  #limit = firstLimit;
  #inFlight = 0;
  #answeredSinceChange = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Calls that may be in flight now. */
  get limit(): number {
    return this.#limit;
  }

  readonly sendRequest: PipelinePolicy['sendRequest'] = async (request, next) => {
    await this.#place(request.abortSignal);
    try {
      const remainingMs = this.#closedUntilMs - this.#nowMs();
      if (remainingMs > 0) return heldBack(request, remainingMs);
      const response = await next(request);
      this.#learn(response);
      return response;
    } finally {
      this.#inFlight -= 1;
      this.#admit();
    }
  };

  /** Takes a place, or waits for one; a call that is given up meanwhile leaves the queue, and takes none. */
  async #place(signal: PipelineRequest['abortSignal']): Promise<void> {
    if (this.#inFlight < this.#limit && this.#waiting.size === 0) {
      this.#inFlight += 1;
      return;
    }
    const turn = Promise.withResolvers<undefined>();
    const enter = (): void => {
      turn.resolve(undefined);
    };
    const leave = (): void => {
      this.#waiting.delete(enter);
      turn.reject(
        new DOMException('the call was given up while it waited for a place', 'AbortError'),
      );
    };
    this.#waiting.add(enter);
    signal?.addEventListener('abort', leave);
    try {
      if (signal?.aborted === true) leave();
      await turn.promise;
    } finally {
      signal?.removeEventListener('abort', leave);
    }
  }

  /** Gives the free places to those who wait. */
  #admit(): void {
    for (const enter of this.#waiting) {
      if (this.#inFlight >= this.#limit) return;
      this.#waiting.delete(enter);
      this.#inFlight += 1;
      enter();
    }
  }

  #learn({ status, headers }: PipelineResponse): void {
    const asked = retryAfterSeconds(headers);
    if (status === 429 || (status === 503 && asked !== undefined)) {
      this.#limit = Math.max(1, Math.floor(this.#limit / 2));
      this.#answeredSinceChange = 0;
      if (asked !== undefined)
        this.#closedUntilMs = Math.max(this.#closedUntilMs, this.#nowMs() + asked * 1000);
      return;
    }
    this.#answeredSinceChange += 1;
    if (this.#answeredSinceChange < this.#limit || this.#limit === highestLimit) return;
    this.#limit += 1;
    this.#answeredSinceChange = 0;
    this.#admit();
  }
}

function heldBack(request: PipelineResponse['request'], remainingMs: number): PipelineResponse {
  const error = { code: 'heldBack', message: 'Graph has asked to wait; the call was not sent' };
  const answer = {
    request,
    status: 429,
    headers: createHttpHeaders({ 'retry-after': String(Math.ceil(remainingMs / 1000)) }),
    bodyAsText: JSON.stringify({ error }),
  };
  heldBackResponses.add(answer);
  return answer;
}
