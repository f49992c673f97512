import type { Server } from 'node:http';
import { serve } from '@hono/node-server';

/** A port is taken by another program. */
export class PortInUseError extends Error {
  override readonly name = 'PortInUseError';
}

export interface Listener {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Serves HTTP/1.1 on a port (0: a free one); throws a PortInUseError when it is taken. */
export function listen(hostname: string, port: number, handle: (request: Request) => Promise<Response>): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: handle, hostname, port, overrideGlobalObjects: false }, (address) => {
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
    });
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new PortInUseError(`port ${String(port)} is in use: choose another one with --port`) : error);
    });
  });
}

function isHttpServer(server: object): server is Server {
  return 'closeIdleConnections' in server;
}
