import { type DequeuedMessageItem, type QueueClient, RestError } from '@azure/storage-queue';
import { errorMessage } from '../errors.ts';
import type { Invoke } from '../invocation/invocation.ts';
import type { HostLog } from '../log.ts';
import type { QueueSettings } from '../settings/hostJson.ts';
import { HeldMessage, visibilitySeconds } from './heldMessage.ts';
import { decodeMessage, messageInvocation } from './queueMessages.ts';

const minimumMs = 100;

/**
 * The delay before the next poll of a queue. It doubles while the queue is empty, up to a limit.
 */
class PollDelay {
  readonly #maximumMs: number;
  #currentMs = minimumMs;

  constructor(maximumMs: number) {
    this.#maximumMs = Math.max(maximumMs, minimumMs);
  }

  /**
   * Returns the real milliseconds to wait after a poll. `found` is whether it returned a message.
   */
  next(found: boolean): number {
    if (found) {
      this.#currentMs = minimumMs;
      return 0;
    }
    const delayMs = this.#currentMs;
    this.#currentMs = Math.min(this.#currentMs * 2, this.#maximumMs);
    return delayMs;
  }

  /** Starts again with the shortest delay. */
  reset(): void {
    this.#currentMs = minimumMs;
  }
}

/**
 * Sends the unchanged text to the poison queue, which is created when missing. The copy expires
 * after seven days, the default of the storage service, as on Azure.
 */
async function sendToPoison(poisonQueue: QueueClient, messageText: string): Promise<void> {
  try {
    await poisonQueue.sendMessage(messageText);
  } catch (error) {
    if (!(error instanceof RestError) || error.statusCode !== 404) throw error;
    await poisonQueue.createIfNotExists();
    await poisonQueue.sendMessage(messageText);
  }
}

/** Logs once that a queue cannot be read, and once that it can be read again. */
class StorageOutage {
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
      `The queue '${this.#queueName}' cannot be read (${errorMessage(error)}): is the storage running? The host tries again.`,
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

interface QueueListenerOptions {
  readonly functionName: string;
  readonly queue: QueueClient;
  /**
   * The queue for messages that fail too often. Without one, such a message stays hidden in its
   * queue until its visibility timeout.
   */
  readonly poisonQueue: QueueClient | undefined;
  /** Whether the function gets bytes: the binding's `dataType` is binary. */
  readonly isBinary: boolean;
  readonly settings: QueueSettings;
  /**
   * How many times as fast as real time the host's clock runs. The storage service uses real time.
   */
  readonly speed: number;
  /** Converts an instant of the storage service to the host's clock. */
  readonly toHostTime: (real: Date) => Date;
  readonly invoke: Invoke;
  readonly log: HostLog;
  /** Called with the URL of the poison queue after a message was sent to it. */
  readonly onPoisoned: (queueUrl: string) => void;
}

/**
 * Runs a function for every message of its queue, at least once (queue trigger binding). A message
 * that fails too often goes to the poison queue. Without a poison queue, the function no longer
 * runs for it, and it stays until it expires.
 */
export class QueueListener {
  readonly queueUrl: string;
  readonly #options: QueueListenerOptions;
  readonly #visibilitySeconds: number;
  readonly #delay: PollDelay;
  readonly #outage: StorageOutage;
  readonly #running = new Set<Promise<void>>();
  #polling: Promise<void> = Promise.resolve();
  #isStopped = false;
  #pollAtOnce: () => void = () => undefined;

  constructor(options: QueueListenerOptions) {
    this.#options = options;
    this.queueUrl = options.queue.url;
    this.#visibilitySeconds = visibilitySeconds(options.speed);
    this.#delay = new PollDelay(options.settings.maxPollingIntervalMs);
    this.#outage = new StorageOutage(options.queue.name, options.log);
  }

  start(): void {
    this.#polling = this.#poll();
  }

  /** Polls the queue at once, because it has a new message. */
  pollNow(): void {
    this.#delay.reset();
    this.#pollAtOnce();
  }

  /** Reads no more messages. Resolves when the function has ended for those already read. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#pollAtOnce();
    await this.#polling;
    await Promise.all(this.#running);
  }

  async #poll(): Promise<void> {
    while (!this.#isStopped) {
      if (this.#running.size > this.#options.settings.newBatchThreshold) {
        await Promise.race(this.#running);
        continue;
      }
      // Created before the poll, so that a message that arrives during the poll ends the delay.
      const pollRequested = this.#nextPollRequest();
      const messages = await this.#receive();
      for (const message of messages) this.#work(message);
      const delayMs = this.#delay.next(messages.length > 0);
      if (delayMs > 0) await this.#pause(delayMs, pollRequested);
    }
  }

  async #receive(): Promise<readonly DequeuedMessageItem[]> {
    const { queue, settings } = this.#options;
    try {
      const { receivedMessageItems } = await queue.receiveMessages({
        numberOfMessages: settings.batchSize,
        visibilityTimeout: this.#visibilitySeconds,
      });
      this.#outage.over();
      return receivedMessageItems;
    } catch (error) {
      // A queue that does not exist yet counts as empty.
      if (StorageOutage.isMissingQueue(error)) this.#outage.over();
      else this.#outage.report(error);
      return [];
    }
  }

  #work(message: DequeuedMessageItem): void {
    const work = this.#process(message).catch((error: unknown) => {
      this.#log(
        'error',
        `message ${message.messageId} of queue '${this.#options.queue.name}' could not be deleted or moved and will be delivered again: ${errorMessage(error)}`,
      );
    });
    this.#running.add(work);
    void work.then(() => this.#running.delete(work));
  }

  async #process(message: DequeuedMessageItem): Promise<void> {
    const held = new HeldMessage(this.#options.queue, message, this.#visibilitySeconds);
    try {
      await this.#handle(held, message);
    } finally {
      held.stopRenewal();
    }
  }

  async #handle(held: HeldMessage, message: DequeuedMessageItem): Promise<void> {
    const { functionName, queue, poisonQueue, isBinary, settings, toHostTime, invoke, speed } =
      this.#options;
    const bytes = decodeMessage(message.messageText, settings.messageEncoding);
    if (bytes === undefined) {
      return this.#poison(
        held,
        'is not base64: its sender must encode it, or host.json must set extensions.queues.messageEncoding to none',
      );
    }
    if (message.dequeueCount > settings.maxDequeueCount)
      return this.#poison(
        held,
        `has been read more than ${String(settings.maxDequeueCount)} times`,
      );
    const invocation = messageInvocation(
      functionName,
      queue.name,
      message,
      bytes,
      isBinary,
      toHostTime,
    );
    if (invocation === undefined)
      this.#log(
        'error',
        `Message ${message.messageId} of queue '${queue.name}' is not UTF-8, and the function '${functionName}' asks for a text: it was not called.`,
      );
    else if ((await invoke(invocation)).ok) return held.delete();
    if (message.dequeueCount >= settings.maxDequeueCount)
      return this.#poison(
        held,
        `has reached MaxDequeueCount of ${String(settings.maxDequeueCount)}`,
      );
    // The message stays hidden until its visibility timeout. Delivered at once, it would fail in an
    // endless loop.
    if (poisonQueue === undefined) return;
    await held.release(Math.ceil(settings.visibilityTimeoutMs / speed / 1000));
    this.pollNow();
  }

  async #poison(held: HeldMessage, why: string): Promise<void> {
    const { poisonQueue, queue, onPoisoned } = this.#options;
    const what = `Message ${held.item.messageId} of queue '${queue.name}' ${why}.`;
    if (poisonQueue === undefined) {
      this.#log('error', `${what} There is no queue to move it to: it stays until it expires.`);
      return;
    }
    this.#log('error', `${what} Moving message to queue '${poisonQueue.name}'.`);
    await sendToPoison(poisonQueue, held.item.messageText);
    await held.delete();
    onPoisoned(poisonQueue.url);
  }

  #nextPollRequest(): Promise<void> {
    return new Promise((resolve) => {
      this.#pollAtOnce = resolve;
    });
  }

  async #pause(delayMs: number, pollRequested: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const elapsed = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, delayMs);
    });
    await Promise.race([elapsed, pollRequested]);
    clearTimeout(timer);
  }

  #log(level: 'error' | 'warning', message: string): void {
    this.#options.log.entry('Host.Queues', level, message);
  }
}
