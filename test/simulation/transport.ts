import {
  createHttpHeaders,
  type HttpClient,
  type PipelineResponse,
  RestError,
} from '@azure/core-rest-pipeline';
import {
  type Emulator,
  type JobStore,
  type LoggedRequest,
  operationOf,
} from '../../local/graph-emulator/index.ts';
import { retryAfterSeconds } from '../../shared/graph/result.ts';
import type { Guard } from './guarded.ts';
import type { Call, Ledger } from './ledger.ts';
import { type Running, running } from './running.ts';
import type { SeededRandom } from './seededRandom.ts';
import type { SimulatedLoop } from './simulatedLoop.ts';

export interface TransportOptions {
  readonly emulator: Emulator;
  readonly book: JobStore;
  readonly ledger: Ledger;
  readonly loop: SimulatedLoop;
  readonly random: SeededRandom;
  readonly guard: Guard;
  /** The instance that the calls are of. */
  readonly life: number;
  readonly isAlive: () => boolean;
  /** False when what it hears is of no use any more. */
  readonly isHeeded: () => boolean;
  /** How often a call is slow. */
  readonly slowRate: number;
  /** The emulator's log by `client-request-id`. */
  readonly logged: ReadonlyMap<string, LoggedRequest>;
}

// The library's own: whoever waits longer hears nothing.
const timeoutMs = 60_000;

/** The way from the app's Graph client to the emulator without a socket, which writes down what passes. */
export function createTransport(options: TransportOptions): HttpClient {
  const { guard, ledger, life, loop, random, slowRate } = options;
  return {
    sendRequest: (request) => {
      const { pathname } = new URL(request.url);
      const operation = operationOf(request.method, pathname);
      const asker = running.getStore();
      const sent = {
        sentSeq: ledger.tick(),
        sentMs: loop.now(),
        life,
        clientRequestId: request.headers.get('client-request-id') ?? '',
      };
      return guard(`graph ${operation}`, async () => {
        const sentMs = loop.now();
        const slowMs = random.chance(slowRate) ? random.spread(500, 90_000) : 0;
        const thereMs = Math.round(slowMs * random.fraction());
        if (slowMs > 0) await loop.wait(thereMs);
        const exchanged = await exchange(request, pathname, operation, asker, sent, options);
        if (slowMs > 0) await loop.wait(slowMs - thereMs);
        if (exchanged === undefined || loop.now() - sentMs > timeoutMs)
          throw new RestError('the connection was reset', { code: 'ECONNRESET', request });
        const { answer, call, seconds } = exchanged;
        // Who is dead hears nothing any more.
        if (options.isAlive()) call.heardSeq = ledger.tick();
        if (seconds !== undefined && options.isAlive()) {
          call.notBeforeMs = loop.now() + seconds * 1_000;
          call.isForgotten = !options.isHeeded();
          ledger.heard(asker?.instanceId ?? '', call);
        }
        return answer;
      });
    },
  };
}

async function exchange(
  request: Parameters<HttpClient['sendRequest']>[0],
  path: string,
  operation: Call['operation'],
  asker: Running | undefined,
  sent: Pick<Call, 'sentSeq' | 'sentMs' | 'life' | 'clientRequestId'>,
  { emulator, book, ledger, loop, logged, isHeeded }: TransportOptions,
): Promise<
  | { readonly answer: PipelineResponse; readonly call: Call; readonly seconds: number | undefined }
  | undefined
> {
  const jobId = /\/crossTenantMigrationJobs\/([^/]+)/i.exec(path)?.[1] ?? null;
  const isSharePoint = path.includes('/sharePoint/');
  const record = jobId === null ? undefined : book.find(jobId);
  const [jobsBefore, eventsBefore] = [book.all().length, record?.events.length ?? 0];
  const call: Call = {
    ...sent,
    seq: ledger.tick(),
    heardSeq: null,
    tenant: path.includes('/crossOrganizationMigrationTasks') ? 'source' : 'target',
    atMs: loop.now(),
    operation,
    request: `${request.method} ${path}${operation === 'createJob' ? ` ${nameIn(request.body)}` : isSharePoint && typeof request.body === 'string' ? ` ${request.body}` : ''}`,
    jobId,
    startSeq: asker?.startSeq ?? 0,
    activity: asker?.activity ?? '',
    instanceId: asker?.instanceId ?? '',
    batchKey: asker?.batchKey ?? '',
    taskKey: asker?.taskKey ?? '',
    statusBefore: record === undefined ? null : book.stepAt(record, loop.now()).status,
    effect: null,
    graphTask: null,
    answered: 0,
    status: 0,
    shown: null,
    notBeforeMs: null,
    isForgotten: false,
    isLate: !isHeeded(),
    fault: null,
  };
  ledger.calls.push(call);
  ledger.onCall();
  let response: Response | undefined;
  let bodyAsText = '';
  try {
    const body = typeof request.body === 'string' ? { body: request.body } : {};
    response = await emulator.fetch(
      new Request(request.url, {
        method: request.method,
        headers: request.headers.toJSON(),
        ...body,
      }),
    );
    // `text()` would take a byte order mark away.
    bodyAsText = Buffer.from(await response.arrayBuffer()).toString('utf8');
  } catch {
    // The connection was lost: what the emulator has done all the same is seen below.
    response = undefined;
  }
  call.effect =
    book.all().length > jobsBefore
      ? 'created'
      : (record?.events.slice(eventsBefore)[0]?.kind ?? null);
  const row = logged.get(request.headers.get('client-request-id') ?? '');
  call.fault = row?.fault ?? null;
  const [, verb, graphTaskId = ''] = /^(create|cancel)Task (\S+)$/.exec(row?.effect ?? '') ?? [];
  if (verb !== undefined)
    call.graphTask = { kind: verb === 'create' ? 'created' : 'cancelled', id: graphTaskId };
  if (call.fault !== null)
    ledger.cover(`fault|${call.fault}|${operation}|${row?.faultEffect ?? ''}`);
  if (response !== undefined) {
    call.status = response.status;
    if (call.fault === null) call.answered = response.status;
    call.shown =
      response.ok && ['getJob', 'getSharePointTask', 'createSharePointTask'].includes(operation)
        ? statusIn(bodyAsText)
        : null;
  }
  ledger.note(
    `${operation} ${isSharePoint ? call.taskKey : call.batchKey} ${jobId ?? ''} was ${call.statusBefore ?? '-'} -> ${String(call.status)} ${call.effect ?? row?.effect ?? ''} ${call.shown ?? ''}${call.fault === null ? '' : ` (${call.fault})`}`,
  );
  if (response === undefined) return undefined;
  const headers = createHttpHeaders(Object.fromEntries(response.headers));
  const seconds =
    response.status === 429 || response.status === 503 ? retryAfterSeconds(headers) : undefined;
  return { answer: { request, status: response.status, headers, bodyAsText }, call, seconds };
}

function nameIn(body: unknown): string {
  return (typeof body === 'string' ? /"displayName":"([^"]*)"/.exec(body)?.[1] : undefined) ?? '';
}

function statusIn(body: string): string | null {
  return /"status":"([^"]*)"/.exec(body)?.[1] ?? null;
}
