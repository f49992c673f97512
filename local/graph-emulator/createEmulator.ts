import type { Clock } from '../clock/clock.ts';
import { handleBatch } from './batch.ts';
import { FaultInjector } from './faults/faultInjector.ts';
import type { FaultEffect, FaultKind } from './faults/faultKinds.ts';
import type { FaultPlan } from './faults/faultPlan.ts';
import { readGraphCall } from './faults/graphCall.ts';
import { GraphError, type GraphResponse, renderResponse } from './graphResponse.ts';
import { jobBody } from './jobs/jobBody.ts';
import { handleJobs } from './jobs/jobOperations.ts';
import { JobStore } from './jobs/jobStore.ts';
import { readJsonBody } from './json.ts';
import { ConnectionResetError } from './listen.ts';
import { isWrite, type OperationName } from './operationNames.ts';
import type { Scenario } from './scenario.ts';
import { SharePointService } from './sharePoint/sharePointService.ts';
import { authenticate, issueToken, requireJobPermission } from './tokens.ts';

/** One request as `GET /_emulator/log` shows it. */
export interface LoggedRequest {
  readonly at: string;
  readonly method: string;
  readonly path: string;
  /** 0 when the connection was reset instead of a response. */
  readonly status: number;
  readonly requestId: string;
  readonly clientRequestId: string | null;
  readonly effect: string | null;
  readonly operation: OperationName;
  /** The fault of the plan that was applied to the call. */
  readonly fault: FaultKind | null;
  /** Whether the fault came before or after the call took effect; null for a read and for a call that Graph refused anyway. */
  readonly faultEffect: FaultEffect | null;
  /** True when an earlier Retry-After asked the caller not to send this call yet. */
  readonly insideRetryAfter: boolean;
}

/**
 * Replaces responses of the emulator: `before` the request is handled, or `after` it took effect. When a function throws, the
 * connection of the caller is reset: in `before` nothing has happened yet, in `after` everything has.
 */
export interface Interference {
  before?(request: Request): Promise<Response | undefined>;
  after?(request: Request, response: Response): Promise<Response | undefined>;
}

/** A Microsoft Graph emulator without a server: pass it requests. */
export interface Emulator {
  /** Handles a request. Rejects with a ConnectionResetError where a caller over HTTP would see a reset connection. */
  fetch(request: Request): Promise<Response>;
}

export interface EmulatorOptions {
  readonly scenario: Scenario;
  readonly clock: Clock;
  /** The folder in which the state is stored. Default: in memory only. */
  readonly dataDir?: string;
  /** The store of the jobs, for a caller that also reads it directly. Default: a new store in `dataDir`. */
  readonly jobs?: JobStore;
  /** The SharePoint tasks and identity mappings, for a caller that also reads them directly. Default: new ones in `dataDir`. */
  readonly sharePoint?: SharePointService;
  /** Creates the ids of jobs, tasks and requests. Use `seededIds` for runs that must be identical. Default: random GUIDs. */
  readonly newId?: () => string;
  /** The faults to apply. Default: none. */
  readonly faults?: FaultPlan;
  readonly interference?: Interference;
  /** Called with the log entry of each request before its response is sent. */
  readonly onRequest?: (logged: LoggedRequest) => void;
}

/** Creates a Graph emulator that runs on a clock. */
export function createEmulator(options: EmulatorOptions): Emulator {
  const { scenario, clock, interference } = options;
  const jobs = options.jobs ?? new JobStore(scenario, options.dataDir, options.newId);
  const sharePoint = options.sharePoint ?? new SharePointService(scenario, jobs, options.dataDir);
  const injector =
    options.faults === undefined ? undefined : new FaultInjector(options.faults, jobs, clock.now());
  const log: LoggedRequest[] = [];

  const route = async (request: Request, url: URL): Promise<GraphResponse> => {
    const nowMs = clock.now();
    const { method } = request;
    const token = /^\/([^/]+)\/oauth2\/v2\.0\/token$/i.exec(url.pathname);
    if (token !== null && method === 'POST') {
      const form = new URLSearchParams(await request.text());
      return issueToken((token[1] ?? '').toLowerCase(), form, scenario, nowMs);
    }
    if (method === 'POST' && /^\/(?:v1\.0|beta)\/\$batch$/i.test(url.pathname))
      return handleBatch(await readJsonBody(request), request, (part) => fetch(part));
    const caller = authenticate(request.headers.get('authorization') ?? undefined, nowMs);
    const body = () => readJsonBody(request);
    if (sharePoint.serves(url)) return sharePoint.handle({ method, url, caller, nowMs, body });
    const jobPath =
      /^\/(?:v1\.0|beta)\/solutions\/migrations\/crossTenantMigrationJobs((?:[/(].*)?)$/i.exec(
        url.pathname,
      );
    if (jobPath === null)
      throw new GraphError(
        404,
        'ResourceNotFound',
        `Resource not found for the segment '${url.pathname.split('/').at(-1) ?? ''}'.`,
      );
    requireJobPermission(caller, method, scenario);
    const { clientId } = caller;
    return handleJobs(
      { method, path: jobPath[1] ?? '', url, body: await body(), clientId, nowMs },
      jobs,
      scenario,
      sharePoint.queue,
    );
  };

  const responseOrError = async (
    request: Request,
    url: URL,
  ): Promise<GraphResponse | GraphError> => {
    try {
      return await route(request, url);
    } catch (error) {
      if (error instanceof GraphError) return error;
      throw error;
    }
  };

  /** Returns what an inspection path shows; undefined for any other path. */
  const inspected = (path: string): object | undefined => {
    switch (path) {
      case '/_emulator/log':
        return log;
      case '/_emulator/sharePointTasks':
        return sharePoint.tasks(clock.now());
      case '/_emulator/jobs':
        return jobs.all().map((record) => ({
          ...jobBody(jobs, scenario, record, clock.now(), { withResources: true }),
          users: jobs.timeline(record).users,
        }));
      default:
        return undefined;
    }
  };

  const fetch = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const shown = inspected(url.pathname);
    if (shown !== undefined) return Response.json({ value: shown });
    const nowMs = clock.now();
    // Only the fault injector reads the body here.
    const bodyText =
      injector === undefined || request.body === null ? '' : await request.clone().text();
    const call = readGraphCall(request, url, bodyText, nowMs);
    const ids = {
      requestId: jobs.newId(),
      clientRequestId: request.headers.get('client-request-id'),
    };
    const addToLog = (
      status: number,
      effect: string | null,
      fault?: Pick<LoggedRequest, 'fault' | 'faultEffect' | 'insideRetryAfter'>,
    ): void => {
      const logged: LoggedRequest = {
        at: new Date(nowMs).toISOString(),
        method: request.method,
        path: url.pathname,
        status,
        ...ids,
        effect,
        operation: call.operation,
        ...(fault ?? { fault: null, faultEffect: null, insideRetryAfter: false }),
      };
      log.push(logged);
      options.onRequest?.(logged);
    };

    const replacement = await interfered(
      () => interference?.before?.(request),
      () => {
        addToLog(0, null);
      },
    );
    if (replacement !== undefined) {
      addToLog(replacement.status, null);
      return replacement;
    }
    const fault = injector?.faultFor(call);
    const own = fault?.effect === 'before' ? null : await responseOrError(request, url);
    const isRefused = own instanceof GraphError;
    const effect = isRefused ? null : (own?.effect ?? null);
    if (own !== null && !isRefused) injector?.recordResponse(call, own);
    const faulted = fault?.apply(own);
    const faultEntry =
      fault === undefined || faulted === undefined
        ? undefined
        : {
            fault: fault.kind,
            faultEffect: isWrite(call.operation) && !isRefused ? fault.effect : null,
            insideRetryAfter: fault.insideRetryAfter,
          };
    const { outcome, ...rendering } = faulted ?? { outcome: own };
    if (outcome === null) throw new Error('a fault before the effect must give a response');
    if (outcome === 'reset') {
      addToLog(0, effect, faultEntry);
      throw new ConnectionResetError('the connection was reset');
    }
    const response = renderResponse(outcome, { url, ...ids, nowMs, ...rendering });
    addToLog(response.status, effect, faultEntry);
    return (await interfered(() => interference?.after?.(request, response))) ?? response;
  };
  return { fetch };
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
