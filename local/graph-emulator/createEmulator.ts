import type { Clock } from '../clock/clock.ts';
import { answerBatch } from './batch.ts';
import { carried, type Outcome, type Struck } from './faults/carriage.ts';
import { FaultInjector } from './faults/faultInjector.ts';
import type { FaultEffect, FaultKind } from './faults/faultKinds.ts';
import type { FaultPlan } from './faults/faultPlan.ts';
import { faultedCall } from './faults/faultedCall.ts';
import { type GraphAnswer, GraphRefusal } from './graphAnswer.ts';
import { JobBook } from './jobBook.ts';
import { jobBody } from './jobRecord.ts';
import { ConnectionResetError } from './listen.ts';
import { isWrite, type OperationName } from './operationNames.ts';
import { answerJobs } from './operations.ts';
import type { Scenario } from './scenario.ts';
import { SharePointSide } from './sharePoint/sharePointSide.ts';
import { authenticate, issueToken, permitJobs } from './tokens.ts';

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
  readonly operation: OperationName;
  /** The fault of the plan that struck the call. */
  readonly fault: FaultKind | null;
  /** Whether the fault came before or after the call took effect; null for a read, and for what Graph refused anyway. */
  readonly faultEffect: FaultEffect | null;
  /** The caller had been told by a Retry-After to stay away until later. */
  readonly insideRetryAfter: boolean;
}

/**
 * May answer in the emulator's place: `before` a request is looked at, `after` it took effect. When it throws, the caller's
 * connection is reset: nothing happened yet with `before`, everything did with `after`.
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
  /** Where the jobs are kept, for a caller who looks at them from outside; left out: a book of its own in `dataDir`. */
  readonly book?: JobBook;
  /** The same for the SharePoint tasks and identity maps. */
  readonly sharePoint?: SharePointSide;
  /** Makes the ids of jobs, tasks and requests, such as `seededIds` for runs that must be the same; left out: by chance. */
  readonly newId?: () => string;
  /** What goes wrong, and how often. */
  readonly faults?: FaultPlan;
  readonly interference?: Interference;
  /** Hears of every request as the log shows it, before its answer is sent. */
  readonly onRequest?: (logged: LoggedRequest) => void;
}): Emulator {
  const { scenario, clock, interference } = options;
  const book = options.book ?? new JobBook(scenario, options.dataDir, options.newId);
  const sharePoint = options.sharePoint ?? new SharePointSide(scenario, book, options.dataDir);
  const injector =
    options.faults === undefined ? undefined : new FaultInjector(options.faults, book, clock.now());
  const log: LoggedRequest[] = [];

  const answer = async (request: Request, url: URL): Promise<GraphAnswer> => {
    const nowMs = clock.now();
    const token = /^\/([^/]+)\/oauth2\/v2\.0\/token$/i.exec(url.pathname);
    if (token !== null && request.method === 'POST') {
      return issueToken(
        (token[1] ?? '').toLowerCase(),
        new URLSearchParams(await request.text()),
        scenario,
        nowMs,
      );
    }
    if (request.method === 'POST' && /^\/(?:v1\.0|beta)\/\$batch$/i.test(url.pathname))
      return answerBatch(await bodyOf(request), request, (part) => partOf(emulator.fetch(part)));
    const jobs =
      /^\/(?:v1\.0|beta)\/solutions\/migrations\/crossTenantMigrationJobs((?:[/(].*)?)$/i.exec(
        url.pathname,
      );
    const caller = authenticate(request.headers.get('authorization') ?? undefined, nowMs);
    if (sharePoint.serves(url))
      return sharePoint.answer({
        method: request.method,
        url,
        caller,
        nowMs,
        body: () => bodyOf(request),
      });
    if (jobs === null)
      throw new GraphRefusal(
        404,
        'ResourceNotFound',
        `Resource not found for the segment '${url.pathname.split('/').at(-1) ?? ''}'.`,
      );
    permitJobs(caller, request.method, scenario);
    return answerJobs(
      {
        method: request.method,
        path: jobs[1] ?? '',
        url,
        body: await bodyOf(request),
        clientId: caller.clientId,
        nowMs,
      },
      book,
      scenario,
      sharePoint.queue,
    );
  };

  const answerOrRefusal = async (
    request: Request,
    url: URL,
  ): Promise<GraphAnswer | GraphRefusal> => {
    try {
      return await answer(request, url);
    } catch (error) {
      if (error instanceof GraphRefusal) return error;
      throw error;
    }
  };

  const emulator: Emulator = {
    fetch: async (request) => {
      const url = new URL(request.url);
      if (url.pathname === '/_emulator/log') return Response.json({ value: log });
      if (url.pathname === '/_emulator/sharePointTasks')
        return Response.json({ value: sharePoint.tasks(clock.now()) });
      if (url.pathname === '/_emulator/jobs') {
        return Response.json({
          value: book.all().map((record) => ({
            ...jobBody(book, scenario, record, clock.now(), { withResources: true }),
            users: book.course(record).users,
          })),
        });
      }
      const nowMs = clock.now();
      const call = faultedCall(
        request,
        url,
        injector === undefined || request.body === null ? '' : await request.clone().text(),
        nowMs,
      );
      const ids = {
        requestId: book.newId(),
        clientRequestId: request.headers.get('client-request-id'),
      };
      const keep = (
        status: number,
        effect: string | null,
        struck?: Pick<LoggedRequest, 'fault' | 'faultEffect' | 'insideRetryAfter'>,
      ): void => {
        const fault = struck ?? { fault: null, faultEffect: null, insideRetryAfter: false };
        const logged: LoggedRequest = {
          at: new Date(nowMs).toISOString(),
          method: request.method,
          path: url.pathname,
          status,
          ...ids,
          effect,
          operation: call.operation,
          ...fault,
        };
        log.push(logged);
        options.onRequest?.(logged);
      };
      const instead = await interfered(
        () => interference?.before?.(request),
        () => {
          keep(0, null);
        },
      );
      if (instead !== undefined) {
        keep(instead.status, null);
        return instead;
      }
      const fault = injector?.meet(call);
      const answered = fault?.effect === 'before' ? null : await answerOrRefusal(request, url);
      const effect = answered instanceof GraphRefusal ? null : (answered?.effect ?? null);
      if (answered !== null && !(answered instanceof GraphRefusal))
        injector?.answered(call, answered);
      const struck = fault?.strike(answered);
      const row =
        fault === undefined || struck === undefined
          ? undefined
          : {
              fault: fault.kind,
              faultEffect:
                isWrite(call.operation) && !(answered instanceof GraphRefusal)
                  ? fault.effect
                  : null,
              insideRetryAfter: fault.insideRetryAfter,
            };
      const { outcome, ...travel } = struck ?? { outcome: answered };
      if (outcome === null) throw new Error('a fault that comes before the effect must answer');
      if (outcome === 'reset') {
        keep(0, effect, row);
        throw new ConnectionResetError('the connection was reset');
      }
      const response = responseOf(outcome, travel, url, { ...ids, nowMs });
      keep(response.status, effect, row);
      return (await interfered(() => interference?.after?.(request, response))) ?? response;
    },
  };
  return emulator;
}

/** An answer of a batch's part; one that is lost on its way is lost behind the gateway that answers the batch. */
async function partOf(answer: Promise<Response>): Promise<Response> {
  try {
    const response = await answer;
    const text = await response.text();
    return new Response(text === '' ? null : text, response);
  } catch (error) {
    if (!(error instanceof ConnectionResetError)) throw error;
    return Response.json(
      { error: { code: 'UnknownError', message: 'The gateway got no answer.' } },
      { status: 504 },
    );
  }
}

async function interfered(
  interfere: () => Promise<Response | undefined> | undefined,
  onReset?: () => void,
): Promise<Response | undefined> {
  try {
    return await interfere();
  } catch (error) {
    onReset?.();
    throw new ConnectionResetError(
      error instanceof Error ? error.message : 'the connection was reset',
      { cause: error },
    );
  }
}

/** The context of an answer names the version that was asked. */
function withContextOf({ pathname }: URL, json: string): string {
  const context = /^\{"@odata\.context":"https:\/\/graph\.microsoft\.com\/(?=v1\.0\/)/.exec(json);
  if (context === null || !pathname.toLowerCase().startsWith('/beta/')) return json;
  return `${context[0]}beta${json.slice(context[0].length + 'v1.0'.length)}`;
}

interface Occasion {
  readonly requestId: string;
  readonly clientRequestId: string | null;
  readonly nowMs: number;
}

function responseOf(
  outcome: Exclude<Outcome, 'reset'>,
  { carriage, skewMs = 0 }: Omit<Struck, 'outcome'>,
  url: URL,
  { requestId, clientRequestId, nowMs }: Occasion,
): Response {
  const at = new Date(nowMs + skewMs);
  const { status, text, body, headers } =
    outcome instanceof GraphRefusal
      ? refused(outcome, at, { requestId, clientRequestId, nowMs })
      : outcome;
  const content = text ?? (body === undefined ? null : withContextOf(url, JSON.stringify(body)));
  const all = {
    ...(content === null
      ? {}
      : { 'content-type': text === undefined ? 'application/json' : 'text/plain' }),
    ...headers,
    'request-id': requestId,
    'client-request-id': clientRequestId ?? requestId,
    date: at.toUTCString(),
  };
  return content === null || carriage === undefined
    ? new Response(content, { status, headers: all })
    : carried(content, { status, headers: new Headers(all) }, carriage);
}

function refused(
  { status, code, message, details, headers }: GraphRefusal,
  at: Date,
  { requestId, clientRequestId }: Occasion,
): GraphAnswer {
  const innerError = {
    date: at.toISOString().replace(/\.\d+Z$/, ''),
    'request-id': requestId,
    'client-request-id': clientRequestId ?? requestId,
  };
  return {
    status,
    headers,
    body: { error: { code, message, ...(details.length === 0 ? {} : { details }), innerError } },
  };
}

async function bodyOf(request: Request): Promise<unknown> {
  const text = await request.text();
  if (text.length > maxBodyBytes)
    throw new GraphRefusal(413, 'RequestEntityTooLarge', 'The request body is too large.');
  if (text === '') return undefined;
  const contentType = request.headers.get('content-type');
  if (contentType === null)
    throw new GraphRefusal(
      400,
      'BadRequest',
      'Write requests must contain the Content-Type header.',
    );
  if (!/^application\/json\b/i.test(contentType))
    throw new GraphRefusal(
      415,
      'UnsupportedMediaType',
      'The request body must be application/json.',
    );
  try {
    return JSON.parse(text);
  } catch {
    throw new GraphRefusal(400, 'BadRequest', 'The request body is not JSON.');
  }
}
