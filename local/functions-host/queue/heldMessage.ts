import { type DequeuedMessageItem, type QueueClient, RestError } from '@azure/storage-queue';

const visibilityMinutes = 10;
const minVisibilitySeconds = 10;

/**
 * Returns for how many real seconds a message stays hidden without a renewal: ten minutes of the
 * host's clock, as in the real host, but never too short for a renewal on a busy machine.
 */
export function visibilitySeconds(speed: number): number {
  return Math.max(Math.ceil((visibilityMinutes * 60) / speed), minVisibilitySeconds);
}

/**
 * A message that a function processes. Renewals hide it from other readers until it is deleted or
 * released.
 */
export class HeldMessage {
  readonly item: DequeuedMessageItem;
  readonly #queue: QueueClient;
  readonly #visibilitySeconds: number;
  #popReceipt: string;
  #timer: NodeJS.Timeout | undefined;
  #renewal: Promise<void> | undefined;

  constructor(queue: QueueClient, item: DequeuedMessageItem, visibleAfterSeconds: number) {
    this.#queue = queue;
    this.#visibilitySeconds = visibleAfterSeconds;
    this.item = item;
    this.#popReceipt = item.popReceipt;
    this.#schedule();
  }

  /** Deletes the message. A message that no longer exists is no error. */
  async delete(): Promise<void> {
    await this.#endRenewal();
    try {
      await this.#queue.deleteMessage(this.item.messageId, this.#popReceipt);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  /**
   * Makes the message visible after this many seconds. A message that no longer exists is no error.
   */
  async release(delaySeconds: number): Promise<void> {
    await this.#endRenewal();
    try {
      await this.#queue.updateMessage(
        this.item.messageId,
        this.#popReceipt,
        undefined,
        delaySeconds,
      );
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  /**
   * Ends the renewals. Unless it was deleted, the message becomes visible after its visibility
   * timeout.
   */
  stopRenewal(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #schedule(): void {
    this.#timer = setTimeout(
      () => {
        this.#renewal = this.#renew();
      },
      (this.#visibilitySeconds * 1000) / 3,
    );
  }

  async #renew(): Promise<void> {
    try {
      const { popReceipt } = await this.#queue.updateMessage(
        this.item.messageId,
        this.#popReceipt,
        undefined,
        this.#visibilitySeconds,
      );
      if (popReceipt !== undefined) this.#popReceipt = popReceipt;
    } catch (error) {
      // The message is gone when another reader has it. Any other error is an outage: renew again
      // while the message is hidden.
      if (isGone(error)) return;
    }
    if (this.#timer !== undefined) this.#schedule();
  }

  async #endRenewal(): Promise<void> {
    this.stopRenewal();
    await this.#renewal;
  }
}

/**
 * Returns whether the message was deleted or read again: 404, or 400 for the pop receipt of an
 * earlier read.
 */
function isGone(error: unknown): boolean {
  return (
    error instanceof RestError && (error.statusCode === 404 || error.code === 'PopReceiptMismatch')
  );
}
