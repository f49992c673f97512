import { Worker } from 'node:worker_threads';
import type { Mechanism } from './sabotage.ts';
import type { RunResult } from './simulateRun.ts';

/** What a worker says: how a run went, or that the simulation itself has failed. */
export type FromWorker =
  | { readonly kind: 'ran'; readonly result: RunResult }
  | { readonly kind: 'died'; readonly seed: number; readonly reason: string };

/** What a worker is asked for. */
export interface ToWorker {
  readonly seed: number;
  readonly off: Mechanism | null;
  /** Keeps the trace of a good run as well. */
  readonly trace: boolean;
  /** Durable timers fire up to a second before their due time. */
  readonly early: boolean;
}

/** Threads that carry runs out, one at a time each. */
export class WorkerPool {
  readonly #workers: readonly Worker[];

  constructor(size: number) {
    this.#workers = Array.from(
      { length: size },
      () => new Worker(new URL('./simulationWorker.ts', import.meta.url)),
    );
  }

  /** Gives every thread the next run until there is none, or `onRun` returns false. @throws Error when the simulation itself has failed */
  async run(asked: Iterable<ToWorker>, onRun: (result: RunResult) => boolean): Promise<void> {
    const remaining = asked[Symbol.iterator]();
    let goOn = true;
    await Promise.all(
      this.#workers.map(async (worker) => {
        for (let next = remaining.next(); goOn && next.done !== true; next = remaining.next()) {
          const result = await runOne(worker, next.value);
          goOn &&= onRun(result);
        }
      }),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

function runOne(worker: Worker, asked: ToWorker): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (message: FromWorker) => {
      worker.off('error', reject);
      if (message.kind === 'ran') resolve(message.result);
      else
        reject(
          new Error(`the simulation failed at seed ${String(message.seed)}: ${message.reason}`),
        );
    });
    worker.postMessage(asked);
  });
}
