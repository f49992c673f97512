import {
  type HttpClient,
  isRestError,
  type PipelineRequest,
  type PipelineResponse,
} from '@azure/core-rest-pipeline';

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
