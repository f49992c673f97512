import { RestError } from '@azure/storage-queue';
import { errorMessage } from '../log/errorText.ts';
import type { HostLog } from '../log/hostLog.ts';

/** Says once that a queue cannot be reached and once that it can be again. */
export class StorageOutage {
  readonly #queueName: string;
  readonly #log: HostLog;
  #isOut = false;

  constructor(queueName: string, log: HostLog) {
    this.#queueName = queueName;
    this.#log = log;
  }

  static isMissingQueue(error: unknown): boolean {
    return error instanceof RestError && error.statusCode === 404;
  }

  report(error: unknown): void {
    if (this.#isOut) return;
    this.#isOut = true;
    this.#log.entry(
      'Host.Queues',
      'warning',
      `The queue '${this.#queueName}' cannot be read (${errorMessage(error)}): is the storage running? The host goes on trying.`,
    );
  }

  over(): void {
    if (!this.#isOut) return;
    this.#isOut = false;
    this.#log.entry(
      'Host.Queues',
      'information',
      `The queue '${this.#queueName}' can be read again.`,
    );
  }
}
