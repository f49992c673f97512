import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** A requested port is in use. The message names the port and the option that selects another one. */
export class PortInUseError extends Error {
  override readonly name = 'PortInUseError';

  constructor(port: number, option: string) {
    super(
      `port ${String(port)} is in use: stop what listens there, or choose another port with ${option}`,
    );
  }
}

// Below the ports that Linux, macOS and Windows assign to outgoing connections, which could take the port before it is used.
const minPort = 20_000;
const maxPort = 32_000;
const maxTries = 100;
// A port is used only seconds after it was found free. So each process searches a range of its own, and returns no port twice.
const portsPerProcess = 200;
const firstPort =
  minPort + (process.pid % ((maxPort - minPort) / portsPerProcess)) * portsPerProcess;
const returnedPorts = new Set<number>();

/** Returns a free port of 127.0.0.1. The system does not assign it to outgoing connections. */
export async function freePort(): Promise<number> {
  for (let tries = 1; tries <= maxTries; tries += 1) {
    const port =
      tries * 2 > maxTries ? randomInt(minPort, maxPort) : firstPort + randomInt(portsPerProcess);
    if (returnedPorts.has(port)) continue;
    returnedPorts.add(port);
    if (await isFree(port)) return port;
  }
  throw new Error(
    `no free port of 127.0.0.1 between ${String(minPort)} and ${String(maxPort)} after ${String(maxTries)} tries`,
  );
}

/** Returns the port when it is free. Throws a PortInUseError that names `option` otherwise. */
export async function requirePort(port: number, option: string): Promise<number> {
  if (!(await isFree(port))) throw new PortInUseError(port, option);
  return port;
}

/** Returns true when the port of 127.0.0.1 is free. */
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
