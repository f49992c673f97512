import type { HistoryEvent } from './historyEvent.ts';
import type { Instance } from './instance.ts';
import { packed, unpacked } from './packedText.ts';

const hottest = 1_000;

/**
 * All instances by id, in the order of their creation. The histories of those that were used last are at hand; those of
 * all others are packed, because most instances wait for days on a timer.
 */
export class InstanceShelf {
  readonly #instances = new Map<string, Instance>();
  /** The ids of the instances with a history at hand, the one used longest ago first. */
  readonly #hot = new Set<string>();
  readonly #limit: number;

  constructor(limit = hottest) {
    this.#limit = limit;
  }

  get(instanceId: string): Instance | undefined {
    const instance = this.#instances.get(instanceId);
    if (instance === undefined || this.#hot.has(instanceId)) return instance;
    // A copy reads the history once; from then on it is at hand.
    const atHand = { ...instance };
    this.set(instanceId, atHand);
    return atHand;
  }

  set(instanceId: string, instance: Instance): void {
    this.#instances.set(instanceId, instance);
    this.#hot.delete(instanceId);
    this.#hot.add(instanceId);
    for (const id of this.#hot) {
      if (this.#hot.size <= this.#limit) return;
      this.#hot.delete(id);
      const coldest = this.#instances.get(id);
      if (coldest !== undefined) this.#instances.set(id, withPackedHistory(coldest));
    }
  }

  delete(instanceId: string): void {
    this.#instances.delete(instanceId);
    this.#hot.delete(instanceId);
  }

  /** A packed history among them is unpacked each time it is read. */
  values(): IterableIterator<Instance> {
    return this.#instances.values();
  }
}

/** The same instance; its history is unpacked whenever it is read. */
function withPackedHistory(instance: Instance): Instance {
  const { history, ...rest } = instance;
  const text = packed(history);
  return {
    ...rest,
    get history() {
      // What this program has packed is what it unpacks.
      return unpacked(text) as readonly HistoryEvent[];
    },
  };
}
