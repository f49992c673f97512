import { type DequeuedMessageItem, type QueueClient, RestError } from '@azure/storage-queue';
import { errorMessage } from '../errors.ts';
import type { Invoke } from '../invocation/invocation.ts';
import type { HostLog } from '../log.ts';
import type { QueueSettings } from '../settings/hostJson.ts';
import { HeldMessage, holdSeconds } from './heldMessage.ts';
import { decodeMessage, messageInvocation } from './messages.ts';

const minimumMs = 100;

/** How long a listener waits before it asks its queue again: doubled while there is nothing, up to a limit. */
export class PollDelay {
  readonly #maximumMs: number;
  #currentMs = minimumMs;

  constructor(maximumMs: number) {
    this.#maximumMs = Math.max(maximumMs, minimumMs);
  }

  /** Real milliseconds to wait after a poll that did, or did not, find a message. */
  next(found: boolean): number {
    if (found) {
      this.#currentMs = minimumMs;
      return 0;
    }
    const delayMs = this.#currentMs;
    this.#currentMs = Math.min(this.#currentMs * 2, this.#maximumMs);
    return delayMs;
  }

  /** The queue is known to have a message. */
  reset(): void {
    this.#currentMs = minimumMs;
  }
}

/** Puts the text, as it stands, into the poison queue, which is created when missing. The copy lives seven days, the preset of storage, as on Azure. */
export async function sendToPoison(poisonQueue: QueueClient, messageText: string): Promise<void> {
  try {
    await poisonQueue.sendMessage(messageText);
  } catch (error) {
    if (!(error instanceof RestError) || error.statusCode !== 404) throw error;
    await poisonQueue.createIfNotExists();
    await poisonQueue.sendMessage(messageText);
  }
}

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

interface QueueListenerOptions {
  readonly functionName: string;
  readonly queue: QueueClient;
  /** Where a message goes that fails too often; undefined: it stays, and is hidden for as long as a message is held. */
  readonly poisonQueue: QueueClient | undefined;
  /** The binding's `dataType` is binary: the function gets bytes. */
  readonly isBinary: boolean;
  readonly settings: QueueSettings;
  /** How many times as fast as real time the host's clock runs; storage knows real time only. */
  readonly speed: number;
  readonly instant: (real: Date) => Date;
  readonly invoke: Invoke;
  readonly log: HostLog;
  /** Called with the poison queue's URL after a message was put into it. */
  readonly onPoisoned: (queueUrl: string) => void;
}

/** Runs a function for every message of its queue (queue trigger binding): at least once each, poison after too many failures. A message of a queue without a poison queue is run up to that many times, too, and then stays until it expires. */
export class QueueListener {
  readonly queueUrl: string;
  readonly #options: QueueListenerOptions;
  readonly #holdSeconds: number;
  readonly #delay: PollDelay;
  readonly #outage: StorageOutage;
  readonly #working = new Set<Promise<void>>();
  #polling: Promise<void> = Promise.resolve();
  #isStopped = false;
  #wake: () => void = () => undefined;

  constructor(options: QueueListenerOptions) {
    this.#options = options;
    this.queueUrl = options.queue.url;
    this.#holdSeconds = holdSeconds(options.speed);
    this.#delay = new PollDelay(options.settings.maxPollingIntervalMs);
    this.#outage = new StorageOutage(options.queue.name, options.log);
  }

  start(): void {
    this.#polling = this.#poll();
  }

  /** A message was put into the queue: asks for it at once. */
  wake(): void {
    this.#delay.reset();
    this.#wake();
  }

  /** Takes no more messages and resolves when those that it has are done with. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wake();
    await this.#polling;
    await Promise.all(this.#working);
  }

  async #poll(): Promise<void> {
    while (!this.#isStopped) {
      if (this.#working.size > this.#options.settings.newBatchThreshold) {
        await Promise.race(this.#working);
        continue;
      }
      // Made before the poll: what is put in while storage answers must not be waited for.
      const woken = this.#nextWake();
      const messages = await this.#receive();
      for (const message of messages) this.#work(message);
      const delayMs = this.#delay.next(messages.length > 0);
      if (delayMs > 0) await this.#pause(delayMs, woken);
    }
  }

  async #receive(): Promise<readonly DequeuedMessageItem[]> {
    const { queue, settings } = this.#options;
    try {
      const { receivedMessageItems } = await queue.receiveMessages({
        numberOfMessages: settings.batchSize,
        visibilityTimeout: this.#holdSeconds,
      });
      this.#outage.over();
      return receivedMessageItems;
    } catch (error) {
      // A queue that does not exist yet is an empty one.
      if (StorageOutage.isMissingQueue(error)) this.#outage.over();
      else this.#outage.report(error);
      return [];
    }
  }

  #work(message: DequeuedMessageItem): void {
    const work = this.#process(message).catch((error: unknown) => {
      this.#log(
        'error',
        `message ${message.messageId} of queue '${this.#options.queue.name}' could not be put away and will come again: ${errorMessage(error)}`,
      );
    });
    this.#working.add(work);
    void work.then(() => this.#working.delete(work));
  }

  async #process(message: DequeuedMessageItem): Promise<void> {
    const held = new HeldMessage(this.#options.queue, message, this.#holdSeconds);
    try {
      await this.#handle(held, message);
    } finally {
      held.letGo();
    }
  }

  async #handle(held: HeldMessage, message: DequeuedMessageItem): Promise<void> {
    const { functionName, queue, poisonQueue, isBinary, settings, instant, invoke, speed } =
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
      instant,
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
    // Hidden until its time is up: at once again would be an endless loop.
    if (poisonQueue === undefined) return;
    await held.release(Math.ceil(settings.visibilityTimeoutMs / speed / 1000));
    this.wake();
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

  #nextWake(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async #pause(delayMs: number, woken: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const elapsed = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, delayMs);
    });
    await Promise.race([elapsed, woken]);
    clearTimeout(timer);
  }

  #log(level: 'error' | 'warning', message: string): void {
    this.#options.log.entry('Host.Queues', level, message);
  }
}
