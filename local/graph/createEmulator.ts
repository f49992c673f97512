import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock/clock.ts';
import { answerBatch } from './batch.ts';
import { JobBook } from './jobBook.ts';
import { type GraphAnswer, GraphRefusal } from './graphAnswer.ts';
import { jobBody } from './jobBody.ts';
import { answerJobs } from './operations.ts';
import type { Scenario } from './scenario.ts';
import { authorise, issueToken } from './tokens.ts';

const maxBodyBytes = 4 * 1024 * 1024;

/** One request as `/_emulator/log` shows it. */
export interface LoggedRequest {
  readonly at: string;
  readonly method: string;
  readonly path: string;
  /** 0 when the connection was dropped instead of an answer. */
  readonly status: number;
  readonly requestId: string;
  readonly clientRequestId: string | null;
  readonly effect: string | null;
}

/**
 * May answer in the emulator's place: `before` a request is looked at, `after` it took effect. What it throws is what the
 * caller's connection comes to: nothing happened yet with `before`, everything did with `after`.
 */
export interface Interference {
  before?(request: Request): Promise<Response | undefined>;
  after?(request: Request, response: Response): Promise<Response | undefined>;
}

export interface Emulator {
  fetch(request: Request): Promise<Response>;
}

/** The Graph emulator as a function from request to response, on any clock. */
export function createEmulator(options: {
  readonly scenario: Scenario;
  readonly clock: Clock;
  readonly dataDir?: string;
  readonly interference?: Interference;
}): Emulator {
  const { scenario, clock, interference } = options;
  const book = new JobBook(scenario, options.dataDir);
  const log: LoggedRequest[] = [];

  const answer = async (request: Request, url: URL): Promise<GraphAnswer> => {
    const nowMs = clock.now();
    const token = /^\/([^/]+)\/oauth2\/v2\.0\/token$/i.exec(url.pathname);
    if (token !== null && request.method === 'POST') {
      return issueToken((token[1] ?? '').toLowerCase(), new URLSearchParams(await request.text()), scenario, nowMs);
    }
    if (request.method === 'POST' && /^\/(?:v1\.0|beta)\/\$batch$/i.test(url.pathname)) return answerBatch(await bodyOf(request), request, (part) => emulator.fetch(part));
    const jobs = /^\/(?:v1\.0|beta)\/solutions\/migrations\/crossTenantMigrationJobs((?:[/(].*)?)$/i.exec(url.pathname);
    const clientId = authorise(request.headers.get('authorization') ?? undefined, request.method, scenario, nowMs);
    if (jobs === null) throw new GraphRefusal(404, 'ResourceNotFound', `Resource not found for the segment '${url.pathname.split('/').at(-1) ?? ''}'.`);
    return answerJobs({ method: request.method, path: jobs[1] ?? '', url, body: await bodyOf(request), clientId, nowMs }, book, scenario);
  };

  const emulator: Emulator = {
    fetch: async (request) => {
      const url = new URL(request.url);
      if (url.pathname === '/_emulator/log') return Response.json({ value: log });
      if (url.pathname === '/_emulator/jobs') {
        return Response.json({ value: book.all().map((record) => ({ ...jobBody(book, scenario, record, clock.now(), { withResources: true }), users: book.course(record).users })) });
      }
      const requestId = randomUUID();
      const clientRequestId = request.headers.get('client-request-id');
      const at = new Date(clock.now());
      const keep = (status: number, effect: string | null): void => {
        log.push({ at: at.toISOString(), method: request.method, path: url.pathname, status, requestId, clientRequestId, effect });
      };
      let instead: Response | undefined;
      try {
        instead = await interference?.before?.(request);
      } catch (error) {
        keep(0, null);
        throw error;
      }
      if (instead !== undefined) {
        keep(instead.status, null);
        return instead;
      }
      let response: Response;
      let effect: string | null = null;
      try {
        const answered = await answer(request, url);
        effect = answered.effect ?? null;
        const content = answered.text ?? (answered.body === undefined ? null : withContextOf(url, JSON.stringify(answered.body)));
        response = new Response(content, { status: answered.status, headers: { ...(content === null ? {} : { 'content-type': answered.text === undefined ? 'application/json' : 'text/plain' }), ...answered.headers } });
      } catch (error) {
        if (!(error instanceof GraphRefusal)) throw error;
        response = Response.json(errorBody(error, at, requestId, clientRequestId), { status: error.status, headers: { ...error.headers } });
      }
      response.headers.set('request-id', requestId);
      response.headers.set('client-request-id', clientRequestId ?? requestId);
      response.headers.set('date', at.toUTCString());
      keep(response.status, effect);
      return (await interference?.after?.(request, response)) ?? response;
    },
  };
  return emulator;
}

/** The context of an answer names the version that was asked. */
function withContextOf({ pathname }: URL, json: string): string {
  const context = /^\{"@odata\.context":"https:\/\/graph\.microsoft\.com\/(?=v1\.0\/)/.exec(json);
  if (context === null || !pathname.toLowerCase().startsWith('/beta/')) return json;
  return `${context[0]}beta${json.slice(context[0].length + 'v1.0'.length)}`;
}

function errorBody({ code, message, details }: GraphRefusal, at: Date, requestId: string, clientRequestId: string | null): object {
  return {
    error: {
      code,
      message,
      ...(details.length === 0 ? {} : { details }),
      innerError: { date: at.toISOString().replace(/\.\d+Z$/, ''), 'request-id': requestId, 'client-request-id': clientRequestId ?? requestId },
    },
  };
}

async function bodyOf(request: Request): Promise<unknown> {
  const text = await request.text();
  if (text.length > maxBodyBytes) throw new GraphRefusal(413, 'RequestEntityTooLarge', 'The request body is too large.');
  if (text === '') return undefined;
  const contentType = request.headers.get('content-type');
  if (contentType === null) throw new GraphRefusal(400, 'BadRequest', 'Write requests must contain the Content-Type header.');
  if (!/^application\/json\b/i.test(contentType)) throw new GraphRefusal(415, 'UnsupportedMediaType', 'The request body must be application/json.');
  try {
    return JSON.parse(text);
  } catch {
    throw new GraphRefusal(400, 'BadRequest', 'The request body is not JSON.');
  }
}
