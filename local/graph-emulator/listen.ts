import type { Server, ServerResponse } from 'node:http';
import { type Http2Bindings, type HttpBindings, serve } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';

/** A connection that ends without a response. A handler of `listen` throws it to reset the caller's socket. */
export class ConnectionResetError extends Error {
  override readonly name = 'ConnectionResetError';
  /** The code of the same error in Node. */
  readonly code = 'ECONNRESET';
}

/** Another program uses the port. */
export class PortInUseError extends Error {
  override readonly name = 'PortInUseError';
}

export interface Listener {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Starts an HTTP/1.1 server on a port; 0 selects a free port. Throws a PortInUseError when the port is in use. When `handle`,
 * or the body of its response, fails with a ConnectionResetError, the caller's socket is reset.
 */
export function listen(
  hostname: string,
  port: number,
  handle: (request: Request) => Promise<Response>,
): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const server = serve(
      {
        fetch: (request, bindings) => respond(handle(request), bindings),
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
              // Idle keep-alive connections would delay the end forever.
              if (isHttpServer(server)) server.closeIdleConnections();
            }),
        });
      },
    );
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new PortInUseError(`Port ${String(port)} is in use. Choose another port with --port.`)
          : error,
      );
    });
  });
}

async function respond(
  handling: Promise<Response>,
  { outgoing }: HttpBindings | Http2Bindings,
): Promise<Response> {
  try {
    const response = await handling;
    // Only a body with an announced length can end too early.
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
  // Every chunk must be sent before the connection may be reset.
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
