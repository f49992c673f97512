import type { Server, ServerResponse } from 'node:http';
import { type Http2Bindings, type HttpBindings, serve } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';

/** A connection that ends without an answer. Thrown by a handler of `listen`, the caller's socket is reset. */
export class ConnectionResetError extends Error {
  override readonly name = 'ConnectionResetError';
  /** What Node calls it. */
  readonly code = 'ECONNRESET';
}

/** A port is taken by another program. */
export class PortInUseError extends Error {
  override readonly name = 'PortInUseError';
}

export interface Listener {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves HTTP/1.1 on a port (0: a free one); throws a PortInUseError when it is taken. Where `handle`, or the body of its
 * response, fails with a ConnectionResetError, the caller's socket is reset.
 */
export function listen(
  hostname: string,
  port: number,
  handle: (request: Request) => Promise<Response>,
): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const server = serve(
      {
        fetch: (request, bindings) => answered(handle(request), bindings),
        hostname,
        port,
        overrideGlobalObjects: false,
      },
      (address) => {
        const shown = hostname === '0.0.0.0' ? '127.0.0.1' : hostname;
        resolve({
          url: `http://${shown}:${String(address.port)}`,
          port: address.port,
          close: () =>
            new Promise((closed) => {
              server.close(() => {
                closed();
              });
              // Callers that keep connections open would hold the end up for ever.
              if (isHttpServer(server)) server.closeIdleConnections();
            }),
        });
      },
    );
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new PortInUseError(`port ${String(port)} is in use: choose another one with --port`)
          : error,
      );
    });
  });
}

async function answered(
  answer: Promise<Response>,
  { outgoing }: HttpBindings | Http2Bindings,
): Promise<Response> {
  try {
    const response = await answer;
    // Only a body that promises a length can break that promise.
    if (!response.headers.has('content-length') || !isHttpResponse(outgoing)) return response;
    await send(response, outgoing);
  } catch (error) {
    if (!(error instanceof ConnectionResetError)) throw error;
    outgoing.socket?.resetAndDestroy();
  }
  return RESPONSE_ALREADY_SENT;
}

async function send({ status, headers, body }: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(status, Object.fromEntries(headers));
  // What was written must have left before the connection may be reset.
  for await (const chunk of body ?? [])
    await new Promise((written) => outgoing.write(chunk, written));
  outgoing.end();
}

function isHttpResponse(outgoing: object): outgoing is ServerResponse {
  return 'writeHead' in outgoing && !('stream' in outgoing);
}

function isHttpServer(server: object): server is Server {
  return 'closeIdleConnections' in server;
}
