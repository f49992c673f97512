import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** A port that the caller asked for is taken: the message names it and the option that gives another. */
export class PortInUseError extends Error {
  override readonly name = 'PortInUseError';

  constructor(port: number, option: string) {
    super(
      `port ${String(port)} is in use: stop what listens there, or choose another port with ${option}`,
    );
  }
}

// Below those that Linux, macOS and Windows give to outgoing connections: one of them could take the port before it is listened on.
const lowest = 20_000;
const highest = 32_000;
const mostTries = 100;
// A port is listened on seconds after it was found free: processes that look at the same time look in different places, and none finds one twice.
const portsEach = 200;
const first = lowest + (process.pid % ((highest - lowest) / portsEach)) * portsEach;
const given = new Set<number>();

/** A port of 127.0.0.1 that nobody listens on at this moment and that no outgoing connection will be given. */
export async function freePort(): Promise<number> {
  for (let tries = 1; tries <= mostTries; tries += 1) {
    const port = tries * 2 > mostTries ? randomInt(lowest, highest) : first + randomInt(portsEach);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
  throw new Error(
    `${String(mostTries)} ports of 127.0.0.1 between ${String(lowest)} and ${String(highest)} were in use`,
  );
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
