import { randomBytes, randomUUID } from 'node:crypto';
import { errorText } from '../errors.ts';
import type { HostLog } from '../log.ts';
import type { AppWorker, Registration } from '../worker/appWorker.ts';
import { runInvocation, type WorkerAnswer } from '../worker/runInvocation.ts';
import {
  type Invocation,
  type InvocationOutcome,
  triggerOf,
  type TypedData,
} from './invocation.ts';

interface RunnerOptions {
  readonly worker: AppWorker;
  readonly log: HostLog;
  readonly functions: readonly Registration[];
  /** The data of an input binding that the host provides. */
  readonly inputOf: (type: string) => TypedData;
  /** Writes what the function put into its output bindings; a failure is a failure of the invocation. */
  readonly writeOutputs: (
    registration: Registration,
    invocation: Invocation,
    answer: WorkerAnswer,
  ) => Promise<void>;
}

/** Runs functions: inputs of the host, handler with hooks, outputs, and the lines that the log has about each run. */
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

  /** Runs a function once for somebody outside. Never rejects. */
  readonly invoke = (invocation: Invocation): Promise<InvocationOutcome> => {
    const run = this.run(invocation);
    this.#running.add(run);
    void run.finally(() => this.#running.delete(run));
    return run;
  };

  /** Resolves when nothing that `invoke` began runs any more. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** The same for the durable engine, which waits for its own runs. */
  readonly run = async (invocation: Invocation): Promise<InvocationOutcome> => {
    const registration = this.#functions.get(invocation.functionName);
    if (registration === undefined)
      return { ok: false, error: new Error(`there is no function '${invocation.functionName}'`) };
    const { log, worker } = this.#options;
    const invocationId = randomUUID();
    const category = `Function.${registration.registered.name}`;
    const name = `Functions.${registration.registered.name}`;
    log.entry(
      category,
      'information',
      `Executing '${name}' (Reason='${invocation.reason ?? '(null)'}', Id=${invocationId})`,
    );
    const startedMs = performance.now();
    const ended = (how: string): string =>
      `Executed '${name}' (${how}, Id=${invocationId}, Duration=${String(Math.round(performance.now() - startedMs))}ms)`;
    try {
      const complete = this.#complete(registration, invocation);
      const answer = await runInvocation(worker, registration, invocationId, complete);
      await this.#options.writeOutputs(registration, complete, answer);
      log.entry(category, 'information', ended('Succeeded'));
      return { ok: true, ...answer };
    } catch (error) {
      log.entry(category, 'error', `${ended('Failed')}\n${errorText(error)}`);
      return { ok: false, error };
    }
  };

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
