import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import { errorText, HostStartError } from '../errors.ts';
import type { HostLog } from '../log.ts';
import { emptyResponse, type HostResponse } from './response.ts';

type Handle = (request: IncomingMessage, url: URL) => Promise<HostResponse>;

// A burst of a thousand new connections must not be refused before the event loop accepts them.
const backlog = 4096;

/** An HTTP server on one port, of one address or two. It returns 503 until `serve` sets a handler. */
export class HostServer {
  readonly port: number;
  readonly #servers: Server[] = [];
  readonly #log: HostLog;
  #handle: Handle = () => Promise.resolve(emptyResponse(503));

  private constructor(server: Server, log: HostLog) {
    this.#log = log;
    const address = server.address();
    this.port = isAddress(address) ? address.port : 0;
    this.#add(server);
  }

  /**
   * Opens a port; 0 for any free one.
   * @throws HostStartError when the port is in use or the address is not one of this machine
   */
  static async listen(port: number, hostname: string, log: HostLog): Promise<HostServer> {
    return new HostServer(await open(port, hostname), log);
  }

  /** Opens the same port of a second address where that is possible. */
  async listenAlso(hostname: string): Promise<void> {
    try {
      this.#add(await open(this.port, hostname));
    } catch (error) {
      if (!(error instanceof HostStartError)) throw error;
    }
  }

  #add(server: Server): void {
    this.#servers.push(server);
    server.on('request', (request, response) => {
      void this.#respond(request, response);
    });
  }

  /** Sets the handler of all further requests. */
  serve(handle: Handle): void {
    this.#handle = handle;
  }

  /**
   * Accepts no more requests, waits at most `limitMs` real milliseconds for the open ones, and
   * closes.
   */
  async close(limitMs: number): Promise<void> {
    await Promise.all(this.#servers.map((server) => closeServer(server, limitMs)));
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = requestUrl(request);
      send(
        request,
        response,
        url === undefined ? emptyResponse(400) : await this.#handle(request, url),
      );
    } catch (error) {
      // The caller has closed the connection before the end of its body.
      if (request.destroyed && !request.complete) return;
      // Without the query, which may contain a key.
      this.#log.entry(
        'Host',
        'error',
        `${request.method ?? ''} ${(request.url ?? '').replace(/\?.*$/s, '')} failed in the host: ${errorText(error)}`,
      );
      for (const name of response.getHeaderNames()) response.removeHeader(name);
      send(request, response, emptyResponse(500));
    }
  }
}

async function open(port: number, hostname: string): Promise<Server> {
  // Longer than the pools of clients: a connection that closes during a request loses the request.
  const server = createServer({ keepAliveTimeout: 120_000, requestTimeout: 0 });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(startError(error, port, hostname));
    });
    server.listen({ port, host: hostname, backlog }, resolve);
  });
  return server;
}

async function closeServer(server: Server, limitMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  server.closeIdleConnections();
  const timer = setTimeout(() => {
    server.closeAllConnections();
  }, limitMs);
  await closed;
  clearTimeout(timer);
}

/**
 * Returns the URL of a request; undefined when the path or the Host header is not valid or has a
 * user name or password.
 */
function requestUrl({ url = '/', headers }: IncomingMessage): URL | undefined {
  // Joined as text: `new URL(path, base)` would read a path such as `//a/b` as another host.
  const text = url.startsWith('/') ? `http://${headers.host ?? 'localhost'}${url}` : url;
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  // The `Request` of Node does not accept credentials in its URL.
  return parsed?.username === '' && parsed.password === '' ? parsed : undefined;
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body, stream }: HostResponse,
): void {
  if (response.destroyed) return;
  const hasBody = status !== 204 && status !== 304;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (hasBody && stream === undefined) response.setHeader('content-length', body.length);
  response.writeHead(status);
  // An error of the stream ends the connection: the caller sees that the body is not complete.
  if (stream !== undefined) pipeline(stream, response, () => undefined);
  else response.end(hasBody && request.method !== 'HEAD' ? body : undefined);
  // The unread rest of a body would be read as the next request.
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

// The port on which the durable extension serves the worker.
const defaultRpcPort = 17_071;

/** The two ports of a host. */
export interface HostPorts {
  /** Serves functions, admin API and durable management API. */
  readonly server: HostServer;
  /** Serves the durable client of the app, for this machine only and without keys. */
  readonly rpcServer: HostServer;
  /** The address that `server` listens on. */
  readonly address: string;
  /** Host and port in the addresses of `server`: `localhost:7071`. */
  readonly authority: string;
  /** Accepts no more requests and closes both ports, after at most `limitMs` real milliseconds. */
  close(limitMs: number): Promise<void>;
}

/**
 * Opens both ports. Port 0 means any free one. Without a host name, only this machine can connect.
 * When the usual RPC port is in use, any free one is used.
 * @throws HostStartError when the public port cannot be opened
 */
export async function openPorts(
  port: number,
  hostname: string | undefined,
  log: HostLog,
): Promise<HostPorts> {
  const address = hostname ?? '127.0.0.1';
  const server = await HostServer.listen(port, address, log);
  // `localhost`, which the list of functions shows, is `::1` for some clients.
  if (hostname === undefined) await server.listenAlso('::1');
  const rpcServer = await listenForRpc(log);
  const name =
    hostname === undefined || /^(?:0\.0\.0\.0|::)$/.test(hostname) ? 'localhost' : hostname;
  return {
    server,
    rpcServer,
    address,
    authority: `${name.includes(':') ? `[${name}]` : name}:${String(server.port)}`,
    close: async (limitMs) => {
      await Promise.all([server.close(limitMs), rpcServer.close(limitMs)]);
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
