import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errorText, HostStartError } from '../errors.ts';
import type { HostLog } from '../log.ts';
import { emptyAnswer, type HttpAnswer } from './answer.ts';

type Handle = (request: IncomingMessage, url: URL) => Promise<HttpAnswer>;

// A burst of a thousand new connections must not be turned away before the loop comes round to accept them.
const backlog = 4096;

/** A listening port. Until it is given what answers, it answers 503. */
export class HostServer {
  readonly port: number;
  readonly #server: Server;
  readonly #log: HostLog;
  #handle: Handle = () => Promise.resolve(emptyAnswer(503));

  private constructor(server: Server, log: HostLog) {
    this.#server = server;
    this.#log = log;
    const address = server.address();
    this.port = isAddress(address) ? address.port : 0;
    server.on('request', (request, response) => {
      void this.#answer(request, response);
    });
  }

  /** Port 0 takes any that is free. @throws HostStartError when the port is in use or the address is not this machine's */
  static async listen(port: number, hostname: string, log: HostLog): Promise<HostServer> {
    // Idle connections outlive any client's own pool: one closed under a request loses the request.
    const server = createServer({ keepAliveTimeout: 120_000, requestTimeout: 0 });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => {
        reject(startError(error, port, hostname));
      });
      server.listen({ port, host: hostname, backlog }, resolve);
    });
    return new HostServer(server, log);
  }

  serve(handle: Handle): void {
    this.#handle = handle;
  }

  /** Takes no more requests, answers those that it has for at most `graceMs` real milliseconds, and closes. */
  async close(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    this.#server.closeIdleConnections();
    const timer = setTimeout(() => {
      this.#server.closeAllConnections();
    }, graceMs);
    await closed;
    clearTimeout(timer);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = requestUrl(request);
      send(
        request,
        response,
        url === undefined ? emptyAnswer(400) : await this.#handle(request, url),
      );
    } catch (error) {
      // The caller has gone away in the middle of its own body.
      if (request.destroyed && !request.complete) return;
      // Without the query, which may hold a key.
      this.#log.entry(
        'Host',
        'error',
        `${request.method ?? ''} ${(request.url ?? '').replace(/\?.*$/s, '')} failed in the host: ${errorText(error)}`,
      );
      for (const name of response.getHeaderNames()) response.removeHeader(name);
      send(request, response, emptyAnswer(500));
    }
  }
}

/** Undefined when the path or the Host header are none, or carry a name and a password. */
function requestUrl({ url = '/', headers }: IncomingMessage): URL | undefined {
  // Not resolved against the host: a path such as `//a/b` would be taken for another host.
  const text = url.startsWith('/') ? `http://${headers.host ?? 'localhost'}${url}` : url;
  const asked = URL.canParse(text) ? new URL(text) : undefined;
  // The platform's requests cannot be made with credentials in the address.
  return asked?.username === '' && asked.password === '' ? asked : undefined;
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: HttpAnswer,
): void {
  if (response.destroyed) return;
  const hasBody = status !== 204 && status !== 304;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (hasBody) response.setHeader('content-length', body.length);
  response.writeHead(status);
  response.end(hasBody && request.method !== 'HEAD' ? body : undefined);
  // What is left of a body that nobody read would be taken for the next request.
  if (!request.complete) request.resume();
}

function isAddress(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}

function startError(error: Error, port: number, hostname: string): HostStartError {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return new HostStartError(
      `Port ${String(port)} is in use: stop what uses it, or choose another with --port`,
      { cause: error },
    );
  if (code === 'EACCES')
    return new HostStartError(
      `Port ${String(port)} is not open to this user: choose one above 1023 with --port`,
      { cause: error },
    );
  return new HostStartError(`cannot listen on ${hostname}:${String(port)}: ${error.message}`, {
    cause: error,
  });
}

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
