import { randomUUID } from 'node:crypto';
import { request as sendRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream';
import type { Invoke } from '../invocation/invocation.ts';
import { httpInvocation } from './httpInvocation.ts';
import { emptyResponse, type HostResponse, withoutHopByHop } from './response.ts';

/**
 * Calls the HTTP functions of an app with HTTP streams (`enableHttpStream` of `app.setup()`). The
 * library then serves requests itself: the host forwards each to its address under the id of an
 * invocation, and passes the response on while it is written (Functions worker protocol).
 */
export class HttpStreams {
  readonly #address: string;
  readonly #invoke: Invoke;

  constructor(address: string, invoke: Invoke) {
    this.#address = address;
    this.#invoke = invoke;
  }

  /** Calls a function. Returns 500 when it fails or returns nothing, as on Azure. */
  async call(
    functionName: string,
    request: IncomingMessage,
    url: URL,
    routeValues: Readonly<Record<string, string>>,
  ): Promise<HostResponse> {
    const invocationId = randomUUID();
    const forwarded = this.#forward(request, url, invocationId);
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      forwarded.once('response', resolve);
      forwarded.once('error', reject);
    });
    const ended = this.#invoke({
      ...httpInvocation(functionName, request, url, routeValues, Buffer.alloc(0)),
      invocationId,
      inputData: [{ name: '', data: { http: {} } }],
    }).then((outcome) => {
      const isAnswered = outcome.ok && outcome.result !== undefined && outcome.result !== null;
      // What is still open ends with an error, also a response that has begun.
      if (!isAnswered) forwarded.destroy(new Error('the function has returned no response'));
    });
    try {
      const response = await answered;
      const headers = Object.entries(response.headersDistinct).flatMap(([name, values = []]) => {
        const [first = ''] = values;
        return [[name, values.length === 1 ? first : values] as const];
      });
      return {
        status: response.statusCode ?? 500,
        headers: withoutHopByHop(Object.fromEntries(headers)),
        body: Buffer.alloc(0),
        stream: response,
      };
    } catch {
      await ended;
      return emptyResponse(500);
    }
  }

  #forward(request: IncomingMessage, url: URL, invocationId: string): ClientRequest {
    const forwarded = sendRequest(new URL(`${url.pathname}${url.search}`, this.#address), {
      method: request.method ?? 'GET',
      // A kept connection that the library closes in the meantime would lose the request.
      agent: false,
      headers: {
        ...request.headers,
        connection: 'close',
        'x-ms-invocation-id': invocationId,
        'x-forwarded-host': url.host,
        'x-forwarded-proto': url.protocol.replace(':', ''),
      },
    });
    // Errors arrive at the promise of the response.
    pipeline(request, forwarded, () => undefined);
    return forwarded;
  }
}
