import { HostStartError } from '../hostStartError.ts';
import type { HostLog } from '../log/hostLog.ts';
import { HostServer } from './hostServer.ts';

// Where the durable extension listens for the worker.
const defaultRpcPort = 17_071;

/** The two ports of a host. */
export interface HostPorts {
  /** Functions, admin API and durable webhooks. */
  readonly server: HostServer;
  /** The durable client of the app; for this machine only, and without keys. */
  readonly rpcServer: HostServer;
  /** The address that `server` listens on. */
  readonly address: string;
  /** How callers name `server`: `localhost:7071`. */
  readonly authority: string;
  /** Takes no more requests and closes both, after at most `graceMs` real milliseconds. */
  close(graceMs: number): Promise<void>;
}

/**
 * Opens both ports. Port 0 takes any that is free; without a host name it listens for this machine only.
 * @throws HostStartError when the public port cannot be had; the other one falls back to any that is free
 */
export async function openPorts(
  port: number,
  hostname: string | undefined,
  log: HostLog,
): Promise<HostPorts> {
  const address = hostname ?? '127.0.0.1';
  const server = await HostServer.listen(port, address, log);
  const rpcServer = await listenForRpc(log);
  const name =
    hostname === undefined || /^(?:0\.0\.0\.0|::)$/.test(hostname) ? 'localhost' : hostname;
  return {
    server,
    rpcServer,
    address,
    authority: `${name.includes(':') ? `[${name}]` : name}:${String(server.port)}`,
    close: async (graceMs) => {
      await Promise.all([server.close(graceMs), rpcServer.close(graceMs)]);
    },
  };
}

async function listenForRpc(log: HostLog): Promise<HostServer> {
  try {
    return await HostServer.listen(defaultRpcPort, '127.0.0.1', log);
  } catch (error) {
    if (!(error instanceof HostStartError)) throw error;
    return HostServer.listen(0, '127.0.0.1', log);
  }
}
