import { ConnectionResetError } from './listen.ts';

/** A response of the emulator before it is rendered as HTTP. */
export interface GraphResponse {
  readonly status: number;
  readonly body?: object;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The change that the request made, for the log. */
  readonly effect?: string;
}

/** An error in Graph's shape. The request ids and the date are added when it is rendered (Graph: error responses). */
export class GraphError extends Error {
  override readonly name = 'GraphError';
  readonly status: number;
  readonly code: string;
  readonly details: readonly {
    readonly code: string;
    readonly target?: string;
    readonly message: string;
  }[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    details: GraphError['details'] = [],
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
    this.headers = headers;
  }
}

/**
 * How the text of a response is sent when a fault changes it: in pieces with pauses of real time, cut off by a reset of the
 * connection, only its first half, or with a byte order mark in front.
 */
export type Delivery =
  | { readonly kind: 'drip'; readonly chunks: number; readonly pauseMs: number }
  | { readonly kind: 'cut' }
  | { readonly kind: 'half' }
  | { readonly kind: 'bom' };

/** The request that a response belongs to. */
interface RenderContext {
  readonly url: URL;
  readonly requestId: string;
  readonly clientRequestId: string | null;
  readonly nowMs: number;
  /** Sends the text in another way than whole. */
  readonly delivery?: Delivery;
  /** How far the clock of the response is off. */
  readonly skewMs?: number;
}

/** Renders a response or an error as HTTP, with the headers that Graph adds to every response. */
export function renderResponse(
  response: GraphResponse | GraphError,
  { url, requestId, clientRequestId, nowMs, delivery, skewMs = 0 }: RenderContext,
): Response {
  const at = new Date(nowMs + skewMs);
  const ids = { 'request-id': requestId, 'client-request-id': clientRequestId ?? requestId };
  const { status, text, body, headers } =
    response instanceof GraphError ? errorResponse(response, at, ids) : response;
  const content = text ?? (body === undefined ? null : withContextOf(url, JSON.stringify(body)));
  const allHeaders = {
    ...(content === null
      ? {}
      : { 'content-type': text === undefined ? 'application/json' : 'text/plain' }),
    ...headers,
    ...ids,
    date: at.toUTCString(),
  };
  return content === null || delivery === undefined
    ? new Response(content, { status, headers: allHeaders })
    : deliveredResponse(content, { status, headers: new Headers(allHeaders) }, delivery);
}

function errorResponse(
  { status, code, message, details, headers }: GraphError,
  at: Date,
  ids: Readonly<Record<string, string>>,
): GraphResponse {
  const innerError = { date: at.toISOString().replace(/\.\d+Z$/, ''), ...ids };
  return {
    status,
    headers,
    body: { error: { code, message, ...(details.length === 0 ? {} : { details }), innerError } },
  };
}

/** Makes the `@odata.context` name the API version of the request. */
function withContextOf({ pathname }: URL, json: string): string {
  const context = /^\{"@odata\.context":"https:\/\/graph\.microsoft\.com\/(?=v1\.0\/)/.exec(json);
  if (context === null || !pathname.toLowerCase().startsWith('/beta/')) return json;
  return `${context[0]}beta${json.slice(context[0].length + 'v1.0'.length)}`;
}

function deliveredResponse(
  text: string,
  init: { readonly status: number; readonly headers: Headers },
  delivery: Delivery,
): Response {
  const bytes = Buffer.from(text);
  const half = bytes.subarray(0, Math.ceil(bytes.length / 2));
  switch (delivery.kind) {
    case 'half':
      return new Response(half, init);
    case 'bom':
      return new Response(`\uFEFF${text}`, init);
    case 'cut':
      // The header announces the whole length, and half of it arrives.
      init.headers.set('content-length', String(bytes.length));
      return new Response(
        streamOf(
          [half],
          0,
          new ConnectionResetError('the connection was reset in the middle of the response'),
        ),
        init,
      );
    case 'drip': {
      const size = Math.max(1, Math.ceil(bytes.length / delivery.chunks));
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
        bytes.subarray(n * size, (n + 1) * size),
      );
      return new Response(streamOf(pieces, delivery.pauseMs), init);
    }
  }
}

function streamOf(
  pieces: readonly Uint8Array[],
  pauseMs: number,
  error?: Error,
): ReadableStream<Uint8Array> {
  const remaining = [...pieces];
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const piece = remaining.shift();
      if (piece !== undefined) {
        controller.enqueue(piece);
        if (remaining.length > 0 && pauseMs > 0)
          await new Promise((resolve) => setTimeout(resolve, pauseMs));
      } else if (error === undefined) controller.close();
      else controller.error(error);
    },
  });
}
