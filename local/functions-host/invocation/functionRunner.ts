import { randomBytes, randomUUID } from 'node:crypto';
import { errorText } from '../errors.ts';
import type { HostLog } from '../log.ts';
import type { AppWorker, Registration } from '../worker/appWorker.ts';
import { runInvocation, type InvocationResult } from '../worker/runInvocation.ts';
import {
  type Invocation,
  type InvocationOutcome,
  triggerOf,
  type TypedData,
} from './invocation.ts';

// The longest timer of Node.
const maxTimerMs = 2 ** 31 - 1;

interface RunnerOptions {
  /** `functionTimeout` of host.json in real milliseconds. Default: no limit. */
  readonly timeoutMs?: number | undefined;
  /** Called when a function runs longer than the limit. It cannot be stopped: its process must be. */
  readonly onTimeout?: (functionName: string) => void;
  readonly worker: AppWorker;
  readonly log: HostLog;
  readonly functions: readonly Registration[];
  /** Returns the value of an input binding that the host provides. */
  readonly inputOf: (type: string) => TypedData;
  /** Writes the output bindings of a function. When it fails, the invocation fails. */
  readonly writeOutputs: (
    registration: Registration,
    invocation: Invocation,
    result: InvocationResult,
  ) => Promise<void>;
}

/**
 * Runs functions: adds the host's inputs, calls the handler with its hooks, writes the outputs and
 * logs each run.
 */
export class FunctionRunner {
  readonly #options: RunnerOptions;
  readonly #functions: ReadonlyMap<string, Registration>;
  readonly #running = new Set<Promise<InvocationOutcome>>();

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#functions = new Map(
      options.functions.map((registration) => [registration.registered.name, registration]),
    );
  }

  /** Runs a function for a trigger. Never rejects. `idle` waits for it. */
  readonly invoke = (invocation: Invocation): Promise<InvocationOutcome> => {
    const run = this.run(invocation);
    this.#running.add(run);
    void run.finally(() => this.#running.delete(run));
    return run;
  };

  /** Resolves when no run that `invoke` has started continues. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Runs a function for the durable engine, which waits for its runs itself. Never rejects. */
  readonly run = async (invocation: Invocation): Promise<InvocationOutcome> => {
    const registration = this.#functions.get(invocation.functionName);
    if (registration === undefined)
      return { ok: false, error: new Error(`there is no function '${invocation.functionName}'`) };
    const { log, worker } = this.#options;
    const { invocationId = randomUUID() } = invocation;
    const category = `Function.${registration.registered.name}`;
    const name = `Functions.${registration.registered.name}`;
    log.entry(
      category,
      'information',
      `Executing '${name}' (Reason='${invocation.reason ?? '(null)'}', Id=${invocationId})`,
    );
    const startedMs = performance.now();
    const timer = this.#limit(name);
    const ended = (how: string): string =>
      `Executed '${name}' (${how}, Id=${invocationId}, Duration=${String(Math.round(performance.now() - startedMs))}ms)`;
    try {
      const complete = this.#complete(registration, invocation);
      const result = await runInvocation(worker, registration, invocationId, complete);
      await this.#options.writeOutputs(registration, complete, result);
      log.entry(category, 'information', ended('Succeeded'));
      return { ok: true, ...result };
    } catch (error) {
      log.entry(category, 'error', `${ended('Failed')}\n${errorText(error)}`);
      return { ok: false, error };
    } finally {
      clearTimeout(timer);
    }
  };

  #limit(name: string): NodeJS.Timeout | undefined {
    const { timeoutMs, onTimeout } = this.#options;
    if (timeoutMs === undefined || onTimeout === undefined) return undefined;
    return setTimeout(
      () => {
        onTimeout(name);
      },
      Math.min(timeoutMs, maxTimerMs),
    ).unref();
  }

  #complete(
    { registered }: Registration,
    invocation: Invocation,
  ): Invocation & { readonly traceParent: string } {
    const trigger = triggerOf(registered.bindings);
    const inputData = invocation.inputData.map(({ name, data }) => ({
      name: name === '' ? (trigger?.name ?? '') : name,
      data,
    }));
    for (const [name, binding] of Object.entries(registered.bindings)) {
      if (binding.direction === 'in' && name !== trigger?.name)
        inputData.push({ name, data: this.#options.inputOf(binding.type.toLowerCase()) });
    }
    const traceParent =
      invocation.traceParent ??
      `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
    return { ...invocation, inputData, traceParent };
  }
}
