import { type DequeuedMessageItem, type QueueClient, RestError } from '@azure/storage-queue';

const holdMinutes = 10;
const leastHoldSeconds = 10;

/**
 * For how many real seconds a message stays hidden from others unless it is renewed: ten minutes of the host's clock, as the
 * real host does, but long enough for a renewal to arrive on a busy machine.
 */
export function holdSeconds(speed: number): number {
  return Math.max(Math.ceil((holdMinutes * 60) / speed), leastHoldSeconds);
}

/** A message that a function works on, kept hidden by renewal until it is deleted or released. */
export class HeldMessage {
  readonly item: DequeuedMessageItem;
  readonly #queue: QueueClient;
  readonly #holdSeconds: number;
  #popReceipt: string;
  #timer: NodeJS.Timeout | undefined;
  #renewal: Promise<void> | undefined;

  constructor(queue: QueueClient, item: DequeuedMessageItem, holdForSeconds: number) {
    this.#queue = queue;
    this.#holdSeconds = holdForSeconds;
    this.item = item;
    this.#popReceipt = item.popReceipt;
    this.#schedule();
  }

  /** Deletes the message for good; one that is gone already is fine. */
  async delete(): Promise<void> {
    await this.#stopRenewal();
    try {
      await this.#queue.deleteMessage(this.item.messageId, this.#popReceipt);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  /** Lets the message appear again after this many seconds; one that is gone already is fine. */
  async release(visibilitySeconds: number): Promise<void> {
    await this.#stopRenewal();
    try {
      await this.#queue.updateMessage(
        this.item.messageId,
        this.#popReceipt,
        undefined,
        visibilitySeconds,
      );
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  /** Ends the renewal: the message appears again when its time is up, unless it was deleted. */
  letGo(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #schedule(): void {
    this.#timer = setTimeout(
      () => {
        this.#renewal = this.#renew();
      },
      (this.#holdSeconds * 1000) / 3,
    );
  }

  async #renew(): Promise<void> {
    try {
      const { popReceipt } = await this.#queue.updateMessage(
        this.item.messageId,
        this.#popReceipt,
        undefined,
        this.#holdSeconds,
      );
      if (popReceipt !== undefined) this.#popReceipt = popReceipt;
    } catch (error) {
      // Gone means that another reader has it by now. Anything else is an outage: try again while the message is still ours.
      if (isGone(error)) return;
    }
    if (this.#timer !== undefined) this.#schedule();
  }

  async #stopRenewal(): Promise<void> {
    this.letGo();
    await this.#renewal;
  }
}

/** 404: deleted, or a pop receipt that is none any more; 400: the pop receipt of another read. */
function isGone(error: unknown): boolean {
  return (
    error instanceof RestError && (error.statusCode === 404 || error.code === 'PopReceiptMismatch')
  );
}
