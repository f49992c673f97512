import { createServer } from 'node:net';

/** A port that the caller asked for is taken: the message names it and the option that gives another. */
export class PortInUseError extends Error {
  override readonly name = 'PortInUseError';

  constructor(port: number, option: string) {
    super(`port ${String(port)} is in use: stop what listens there, or choose another port with ${option}`);
  }
}

/** A port of 127.0.0.1 that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const port = await listenOnce(0);
  if (port === undefined) throw new Error('the system gave no free port on 127.0.0.1');
  return port;
}

/** The port itself when nobody listens on it, else throws a PortInUseError that names `option`. */
export async function requirePort(port: number, option: string): Promise<number> {
  if (!(await isFree(port))) throw new PortInUseError(port, option);
  return port;
}

/** True when nobody listens on the port of 127.0.0.1. */
export async function isFree(port: number): Promise<boolean> {
  return (await listenOnce(port)) !== undefined;
}

/** Listens for a moment; the port that it was, or undefined when it is taken or not allowed. */
function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(undefined);
      else reject(error);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : undefined);
      });
    });
  });
}
