import { HostStartError } from './errors.ts';
import type { HostLog } from './log.ts';

/**
 * Collects the functions that cannot run on this host, each with its reason. The other functions
 * of the app run, as on Azure.
 */
export class FunctionErrors {
  readonly #reasons = new Map<string, string>();

  /**
   * Does a step of the start for one function. When the step throws a HostStartError, the function
   * is in error and the result is undefined.
   */
  attempt<T>(functionName: string, step: () => T): T | undefined {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof HostStartError)) throw error;
      this.add(functionName, error.message);
      return undefined;
    }
  }

  /** Records that a function is in error. The first reason of a function stays. */
  add(functionName: string, reason: string): void {
    if (!this.#reasons.has(functionName)) this.#reasons.set(functionName, reason);
  }

  has(functionName: string): boolean {
    return this.#reasons.has(functionName);
  }

  /** Writes one entry that lists all functions in error. Writes nothing when there are none. */
  report(log: HostLog): void {
    const reasons = [...this.#reasons.values()];
    if (reasons.length === 0) return;
    log.entry(
      'Host',
      'error',
      [
        `${reasons.length === 1 ? '1 function is' : `${String(reasons.length)} functions are`} in error and cannot run here. All others run.`,
        ...reasons.map((reason) => `    ${reason}`),
        '  This host has HTTP, queue, timer, orchestration and activity triggers, the durable client, and HTTP and queue outputs of the programming model v4. For the rest, use Core Tools. AzureWebJobs.<function>.Disabled=true removes a function from this list.',
      ].join('\n'),
    );
  }
}
