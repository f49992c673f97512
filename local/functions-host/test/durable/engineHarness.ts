import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { SteppedClock } from '../../../clock/steppedClock.ts';
import { createDurableHost, type DurableHost } from '../../durable/durableHost.ts';
import type {
  DurableInvoke,
  DurableOptions,
  Quirks,
  TurnSize,
} from '../../durable/durableOptions.ts';
import { type DurableHttpResponse, managementRequest } from '../../durable/managementHttp.ts';
import {
  type Invocation,
  type InvocationOutcome,
  type Invoke,
  triggerOf,
} from '../../invocation/invocation.ts';
import { HostLog } from '../../log.ts';
import { AppWorker } from '../../worker/appWorker.ts';
import { provideCore } from '../../worker/programmingModel.ts';
import { runInvocation } from '../../worker/runInvocation.ts';

const silent = new HostLog(() => undefined);
const worker = new AppWorker(silent);
// Before the library loads, because it resolves the core module only once.
provideCore(worker.coreModule());

/** The real `durable-functions`. It registers functions with the worker of this test file. */
export const df = await import('durable-functions');

export const startMs = Date.parse('2026-11-20T08:00:00.000Z');
const statusSchema = z.looseObject({
  runtimeStatus: z.string(),
  output: z.unknown(),
  customStatus: z.unknown(),
  input: z.unknown(),
});
export type Status = z.infer<typeof statusSchema>;

/** An engine on its own stepped clock, with all functions that the test file has registered. */
export interface EngineUnderTest {
  readonly clock: SteppedClock;
  readonly host: DurableHost;
  readonly dataDir: string;
  /** The runs of orchestrators so far. */
  readonly turns: TurnSize[];
  readonly logged: string[];
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<DurableHttpResponse>;
  start(name: string, input?: unknown, instanceId?: string): Promise<string>;
  status(instanceId: string): Promise<Status>;
  /** Steps the clock until no work remains or `until` returns true. */
  settle(until?: () => boolean): Promise<void>;
  stop(): Promise<void>;
}

/** Called after every run of an orchestrator or activity, with its outcome. */
export type OnInvoked = (invocation: Invocation, outcome: InvocationOutcome) => void;

/** The options of an engine under test. */
export interface EngineTestOptions {
  readonly dataDir?: string;
  readonly clock?: SteppedClock;
  readonly settings?: DurableOptions['settings'];
  readonly onInvoked?: OnInvoked;
  /** Runs functions instead of the worker of this file. */
  readonly invoke?: DurableInvoke;
  readonly quirks?: Quirks;
  /** Opens another kind of journal than the one on disk. */
  readonly openJournal?: DurableOptions['openJournal'];
  readonly onJournalFailed?: DurableOptions['onJournalFailed'];
}

/** Starts an engine. Its folder is deleted at the stop unless the test has set one. */
export async function openEngine(options: EngineTestOptions = {}): Promise<EngineUnderTest> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'durable-'));
  const clock = options.clock ?? new SteppedClock(startMs);
  const turns: EngineUnderTest['turns'] = [];
  const logged: string[] = [];
  const host = createDurableHost({
    clock,
    dataDir,
    functions: worker.registrations.map(({ registered }) => registered),
    invoke:
      options.invoke ??
      (async (invocation) => {
        const outcome = await invoke(invocation);
        options.onInvoked?.(invocation, outcome);
        return outcome;
      }),
    ...(options.quirks === undefined ? {} : { quirks: options.quirks }),
    ...(options.onJournalFailed === undefined ? {} : { onJournalFailed: options.onJournalFailed }),
    ...(options.openJournal === undefined ? {} : { openJournal: options.openJournal }),
    settings: options.settings ?? {},
    log: (level, message) => logged.push(`${level}: ${message}`),
    onTurn: (turn) => turns.push(turn),
  });
  await host.start();
  const call: EngineUnderTest['call'] = (method, path, body, headers) => {
    const request = managementRequest(method, path, body);
    return host.handle({ ...request, headers: headers ?? request.headers });
  };
  return {
    clock,
    host,
    dataDir,
    turns,
    logged,
    call,
    start: async (name, input, instanceId) => {
      const response = await call(
        'POST',
        `orchestrators/${name}${instanceId === undefined ? '' : `/${instanceId}`}`,
        input,
      );
      if (response.status !== 202)
        throw new Error(`the start returned ${String(response.status)} ${response.body}`);
      return z.object({ id: z.string() }).parse(JSON.parse(response.body)).id;
    },
    status: async (instanceId) => {
      const response = await call('GET', `instances/${instanceId}`);
      return statusSchema.parse(JSON.parse(response.body));
    },
    settle: async (until = () => false) => {
      for (;;) {
        await host.idle();
        if (until() || !clock.step()) return;
      }
    },
    stop: async () => {
      await host.stop();
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Runs a function that the test file has registered, as the host does. */
export const invoke: Invoke = async (invocation) => {
  const registration = worker.registrations.find(
    ({ registered }) => registered.name === invocation.functionName,
  );
  const trigger =
    registration === undefined ? undefined : triggerOf(registration.registered.bindings);
  if (registration === undefined || trigger === undefined)
    return { ok: false, error: new Error(`no function ${invocation.functionName}`) };
  try {
    const inputData = invocation.inputData.map(({ name, data }) => ({
      name: name === '' ? trigger.name : name,
      data,
    }));
    const traceParent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
    return {
      ok: true,
      ...(await runInvocation(worker, registration, randomUUID(), {
        ...invocation,
        inputData,
        traceParent,
      })),
    };
  } catch (error) {
    return { ok: false, error };
  }
};
